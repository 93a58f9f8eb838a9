import { ops, type Tensor } from '../../harness/index.js';
import { logRatios } from '../shared/pair-plugin.js';
import type { PairExample } from '../shared/pairs.js';

/**
 * Robust DPO, Chowdhury et al. 2024, https://arxiv.org/abs/2403.00409: unbiased for the loss under clean
 * labels where each label is flipped with probability ε
 *
 *   L = E [ ( −(1−ε) log σ(β h) + ε log σ(−β h) ) / (1−2ε) ]
 *
 *   β -> beta;  ε -> labelSmoothing, below ½
 *
 * Not bounded below for ε > 0: confident wrong pairs are rewarded. At h = 0 the loss is log 2.
 * @returns [B] nats
 */
export function robustLoss(x: PairExample, beta: number, labelSmoothing: number): Tensor {
  const z = ops.mul(logRatios(x).difference, beta); //                                              [B]
  const agree = ops.mul(ops.logSigmoid(z), -(1 - labelSmoothing)); //                               [B]
  const disagree = ops.mul(ops.logSigmoid(ops.neg(z)), labelSmoothing); //                          [B]
  return ops.div(ops.add(agree, disagree), 1 - 2 * labelSmoothing); //                              [B]
}
