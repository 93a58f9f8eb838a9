import { ops, type Tensor } from '../../harness/index.js';

export interface BtOptions {
  /** λ of one pair; 0 for none. */
  readonly penalty: number;
  /** c; null for none. */
  readonly clampDifference: number | null;
  /** κ; 0 for none. */
  readonly centering: number;
}

/**
 * Regularised Bradley-Terry maximum likelihood, equation 2 of Rafailov et al. 2023,
 * https://arxiv.org/abs/2305.18290, with the margin of Touvron et al. 2023, equation 2,
 * https://arxiv.org/abs/2307.09288, and the centering of Eisenstein et al. 2023,
 * https://arxiv.org/abs/2312.09244
 *
 *   L_R(r_φ, D) = −E_{(x,y_w,y_l)~D} [ log σ(d − m) ] + λ E[d²] + κ E[(r_φ(x,y_w) + r_φ(x,y_l))²]
 *   d = clamp(r_φ(x,y_w) − r_φ(x,y_l), −c, c)
 *
 *   r_φ(x,y_w), r_φ(x,y_l) -> chosen, rejected;  m(r) -> margins
 *   λ -> penalty;  c -> clampDifference;  κ -> centering
 *
 * Departures: the penalty λ and the clamp are in none of these papers; λ = 0, c = ∞, κ = 0, m = 0 is
 * equation 2 exactly. Both terms in d see the clamped difference, so beyond ±c a pair has no gradient at all
 * (centering aside): a pair ranked wrongly by more than c is never repaired. The penalty does not see the
 * margin.
 *
 * At d = m = 0 the loss is log 2. Two outcomes with win frequency p: without penalty d = logit(p), with it
 * p − σ(d) = 2 λ d. Adding one constant to every reward changes nothing where κ = 0.
 * @param chosen [B] reward units
 * @param rejected [B]
 * @param margins [B], 0 where the data has none
 * @returns [B] nats
 */
export function btLoss(
  chosen: Tensor,
  rejected: Tensor,
  margins: Tensor,
  { penalty, clampDifference, centering }: BtOptions,
): Tensor {
  const raw = ops.sub(chosen, rejected); //                                                          [B]
  const d = clampDifference === null ? raw : ops.clip(raw, -clampDifference, clampDifference); //    [B]
  let loss = ops.neg(ops.logSigmoid(ops.sub(d, margins))); //                                        [B]
  if (penalty > 0) loss = ops.add(loss, ops.mul(ops.square(d), penalty)); //                         [B]
  if (centering > 0) loss = ops.add(loss, ops.mul(ops.square(ops.add(chosen, rejected)), centering)); // [B]
  return loss;
}
