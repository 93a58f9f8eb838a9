import { ops, type Tensor } from '../../harness/index.js';
import { logRatios } from '../shared/pair-plugin.js';
import type { PairExample } from '../shared/pairs.js';

/**
 * EXO on pairs, equation 16 of Ji et al. 2024, https://arxiv.org/abs/2402.00856: the reverse KL from the
 * policy's preference q to the smoothed label
 *
 *   L = E [ q log( q / (1−ε) ) + (1−q) log( (1−q) / ε ) ],      q = σ(β h)
 *
 *   β -> beta;  ε -> labelSmoothing, which must be positive (its logarithm is taken)
 * @returns [B] nats
 */
export function exoLoss(x: PairExample, beta: number, labelSmoothing: number): Tensor {
  const z = ops.mul(logRatios(x).difference, beta); //                                              [B]
  const logq = ops.logSigmoid(z); //                                                                [B]
  const log1mq = ops.logSigmoid(ops.neg(z)); //                                                     [B]
  const first = ops.mul(ops.exp(logq), ops.sub(logq, Math.log(1 - labelSmoothing))); //             [B]
  const second = ops.mul(ops.exp(log1mq), ops.sub(log1mq, Math.log(labelSmoothing))); //            [B]
  return ops.add(first, second); //                                                                 [B]
}
