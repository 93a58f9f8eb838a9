import { ops, type Tensor } from '../../harness/index.js';
import type { PairLogps } from '../shared/pairs.js';

/**
 * Identity Preference Optimization, equation 17 of Azar et al. 2023, https://arxiv.org/abs/2310.12036
 *
 *   L(π, D) = E_{(y_w,y_l,x)~D} [ ( h_π(y_w, y_l, x) − τ⁻¹/2 )² ]
 *   h_π(y, y′, x) = log ( π(y|x) π_ref(y′|x) / (π(y′|x) π_ref(y|x)) )
 *
 *   log π(y|x) -> completion **sums** of token log-probabilities, nats (the caller passes length averages for
 *   `logps: 'mean'`);  τ -> tau (the parameter `beta`)
 *
 * Departures: none with sums. With length averages the target 1/(2τ) means nats per token instead of nats per
 * answer: a different objective, about a factor of the length apart at one τ.
 *
 * At h = 0 the loss is 1/(4τ²). Two outcomes with win frequency p: the minimiser is h = (p − ½)/τ,
 * at most 1/(2τ).
 * @param x [B] each
 * @returns [B] nats²
 */
export function ipoLoss(x: PairLogps, tau: number): Tensor {
  const logRatioChosen = ops.sub(x.policyChosen, x.referenceChosen); //          [B]
  const logRatioRejected = ops.sub(x.policyRejected, x.referenceRejected); //    [B]
  const h = ops.sub(logRatioChosen, logRatioRejected); //                        [B]
  return ops.square(ops.sub(h, 1 / (2 * tau))); //                               [B]
}
