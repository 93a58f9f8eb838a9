import { ops, type Tensor } from '../../harness/index.js';
import { logRatios } from '../shared/pair-plugin.js';
import type { PairExample } from '../shared/pairs.js';

/**
 * DiscoPOP, the log-ratio modulated loss of Lu et al. 2024, https://arxiv.org/abs/2406.08414
 *
 *   L = E [ (1−m) (−log σ(z)) + m exp(−z) ],      z = β h,  m = σ(z/τ)
 *
 *   β -> beta;  τ -> modulation (.05 in the paper)
 * @returns [B] nats
 */
export function discopopLoss(x: PairExample, beta: number, modulation: number): Tensor {
  const z = ops.mul(logRatios(x).difference, beta); //                            [B]
  const m = ops.sigmoid(ops.div(z, modulation)); //                               [B]
  const logistic = ops.mul(ops.neg(ops.logSigmoid(z)), ops.sub(1, m)); //         [B]
  // m exp(−z) as one exponential: far on the wrong side exp(−z) alone overflows where m is 0.
  return ops.add(logistic, ops.exp(ops.sub(ops.logSigmoid(ops.div(z, modulation)), z))); // [B]
}
