import { ops, type Tensor } from '../../harness/index.js';
import type { PairLogps } from '../shared/pairs.js';

/**
 * Direct Preference Optimization, equation 7 of Rafailov et al. 2023, https://arxiv.org/abs/2305.18290
 *
 *   L_DPO(π_θ; π_ref) = −E_{(x,y_w,y_l)~D} [
 *     log σ( β log π_θ(y_w|x)/π_ref(y_w|x) − β log π_θ(y_l|x)/π_ref(y_l|x) ) ]
 *
 * and with label noise ε (conservative DPO, equation 3 of Mitchell 2023, https://ericmitchell.ai/cdpo.pdf)
 *
 *   L^ε_DPO = −(1−ε) log σ(β h) − ε log σ(−β h)
 *   h = log π_θ(y_w|x)/π_ref(y_w|x) − log π_θ(y_l|x)/π_ref(y_l|x)
 *
 *   log π(y|x) -> completion **sums** of token log-probabilities, nats;  β -> beta;  ε -> labelSmoothing
 *
 * Departures: none. ε = 0 is equation 7 exactly. TRL dropped ε from this loss in v0.29 (`robust` there
 * divides by 1−2ε, which is another loss).
 *
 * At h = 0 the loss is log 2 for every β and ε. Two outcomes with win frequency p: the minimiser is
 * h = logit(p)/β.
 * @param x [B] each
 * @returns [B] nats
 */
export function dpoLoss(x: PairLogps, beta: number, labelSmoothing: number): Tensor {
  const logRatioChosen = ops.sub(x.policyChosen, x.referenceChosen); //          [B]
  const logRatioRejected = ops.sub(x.policyRejected, x.referenceRejected); //    [B]
  const h = ops.sub(logRatioChosen, logRatioRejected); //                        [B]
  const z = ops.mul(h, beta); //                                                 [B]
  const agree = ops.neg(ops.logSigmoid(z)); //                                   [B]
  if (labelSmoothing === 0) return agree;
  const disagree = ops.neg(ops.logSigmoid(ops.neg(z))); //                       [B]
  return ops.add(ops.mul(agree, 1 - labelSmoothing), ops.mul(disagree, labelSmoothing)); // [B]
}
