import { ops, type Tensor } from '../../harness/index.js';

/**
 * Proximal policy optimisation, equation 7 of Schulman et al. 2017, https://arxiv.org/abs/1707.06347
 *
 *   L^CLIP(θ) = −E_t [ min( r_t(θ) A_t, clip(r_t(θ), 1−ε, 1+ε) A_t ) ]
 *   r_t(θ) = π_θ(a_t|s_t) / π_old(a_t|s_t)
 *
 *   a_t -> completion token;  s_t -> prompt and earlier tokens;  A_t -> advantages;  ε -> clip
 *   log π_θ, log π_old -> logps, oldLogps (nats, at the sampling temperature)
 *
 * Departure: the log-ratio is clamped to ±20 before the exponential (as OpenRLHF does), so that no ratio
 * overflows float32. It is far outside every clip range in use.
 * @param logps [B, C]; the others too
 * @returns per token [B, C]; the caller averages over real tokens. Also whether the clip is what
 * counts, 1 or 0.
 */
export function clippedPolicyLoss(
  logps: Tensor,
  oldLogps: Tensor,
  advantages: Tensor,
  clip: number,
): { loss: Tensor; ratio: Tensor; clipped: Tensor } {
  const ratio = ops.exp(ops.clip(ops.sub(logps, oldLogps), -20, 20)); //                          [B, C]
  const plain = ops.neg(ops.mul(ratio, advantages)); //                                           [B, C]
  const bounded = ops.neg(ops.mul(ops.clip(ratio, 1 - clip, 1 + clip), advantages)); //           [B, C]
  return { loss: ops.maximum(plain, bounded), ratio, clipped: ops.greater(bounded, plain) }; //   [B, C] each
}

/**
 * The value loss with the same idea of a clip, as in OpenAI's baselines and Ziegler et al. 2019,
 * https://arxiv.org/abs/1909.08593
 *
 *   L^VF(φ) = ½ E_t [ max( (V_φ(s_t) − G_t)², (clip(V_φ(s_t), V_old(s_t)−ε_v, V_old(s_t)+ε_v) − G_t)² ) ]
 *
 *   V_φ, V_old -> values, oldValues;  G_t = A_t + V_old(s_t) with A_t before whitening -> returns
 *   ε_v -> clip
 * @param values [B, C], in reward units; the others too
 * @returns per token [B, C]. Also whether the clip is what counts, 1 or 0.
 */
export function clippedValueLoss(
  values: Tensor,
  oldValues: Tensor,
  returns: Tensor,
  clip: number,
): { loss: Tensor; clipped: Tensor } {
  const near = ops.add(oldValues, ops.clip(ops.sub(values, oldValues), -clip, clip)); //    [B, C]
  const plain = ops.square(ops.sub(values, returns)); //                                    [B, C]
  const bounded = ops.square(ops.sub(near, returns)); //                                    [B, C]
  const worse = ops.mul(ops.maximum(plain, bounded), 0.5); //                               [B, C]
  return { loss: worse, clipped: ops.greater(bounded, plain) }; //                          [B, C] each
}
