import { ops, type Tensor } from '../../harness/index.js';
import { logRatios } from '../shared/pair-plugin.js';
import type { PairExample } from '../shared/pairs.js';

/**
 * AOT, Melnyk et al. 2024, https://arxiv.org/abs/2406.05882: first-order stochastic dominance, one
 * dimension's optimal transport by sorting
 *
 *   L = −mean_i [ (1−ε) log σ(β (u_(i) − v_(i))) + ε log σ(−β (u_(i) − v_(i))) ],      u_(i), v_(i) sorted
 *
 *   paired    u = log π_θ(y_w|x) − log π_θ(y_l|x),  v the same under π_ref
 *   unpaired  u = log π_θ(y_w|x)/π_ref(y_w|x),  v = log π_θ(y_l|x)/π_ref(y_l|x)
 *
 * The sort is within the batch, so the loss depends on the batch size. Element i is not pair i.
 * @returns [B] nats, in sorted order
 */
export function aotLoss(
  x: PairExample,
  beta: number,
  labelSmoothing: number,
  pairing: 'paired' | 'unpaired',
): Tensor {
  const a = logRatios(x);
  const [upper, lower] = // [B], [B]
    pairing === 'paired'
      ? [ops.sub(x.policyChosen, x.policyRejected), ops.sub(x.referenceChosen, x.referenceRejected)]
      : [a.chosen, a.rejected];
  const u = ops.sortDescending(upper); //                                    [B]
  const v = ops.sortDescending(lower); //                                    [B]
  const z = ops.mul(ops.sub(u, v), beta); //                                 [B]
  const agree = ops.mul(ops.logSigmoid(z), 1 - labelSmoothing); //           [B]
  const disagree = ops.mul(ops.logSigmoid(ops.neg(z)), labelSmoothing); //   [B]
  return ops.neg(ops.add(agree, disagree)); //                               [B]
}
