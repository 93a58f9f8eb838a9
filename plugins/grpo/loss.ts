import { ops, type Tensor } from '../../harness/index.js';
import { clippedPolicyLoss } from '../shared/clipped-loss.js';

/** Completions as the loss sees them: [B, C] each, but the advantages, one a completion: [B, 1]. */
export interface GroupExample {
  readonly logps: Tensor;
  /** At sampling. */
  readonly oldLogps: Tensor;
  readonly refLogps: Tensor;
  readonly advantages: Tensor;
}

/**
 * Group Relative Policy Optimization, equations 3 and 4 of Shao et al. 2024,
 * https://arxiv.org/abs/2402.03300, one term a token
 *
 *   l_{i,t} = −min( ρ_{i,t} A_i, clip(ρ_{i,t}, 1−ε, 1+ε) A_i ) + β k3_{i,t}
 *   ρ_{i,t} = π_θ(o_{i,t}|·)/π_old(o_{i,t}|·)
 *   k3_{i,t} = π_ref(o_{i,t}|·)/π_θ(o_{i,t}|·) − log π_ref(o_{i,t}|·)/π_θ(o_{i,t}|·) − 1
 *
 *   log π of each token -> logps, oldLogps, refLogps (nats, at the sampling temperature);  A_i -> advantages
 *   ε -> clip;  β -> beta
 *
 * k3 estimates KL(π_θ ‖ π_ref), but as a loss on samples held fixed it pulls along another divergence: at
 * ρ = 1
 *
 *   E_{o~π_θ} ∇ k3 = E_{o~π_θ} (1 − π_ref/π_θ) ∇ log π_θ = −Σ_o π_ref ∇ log π_θ = ∇ KL(π_ref ‖ π_θ)
 *
 * With `corrected`, k3 is weighted by ρ, as in equation 7 of DeepSeek-AI 2025 (V3.2),
 * https://arxiv.org/abs/2512.02556, which adds the gradient through the sampling: at ρ = 1
 * E ∇(ρ k3) = ∇ KL(π_θ ‖ π_ref). Both hold for one token after its prefix: what it does to the divergence of
 * later tokens is left out.
 *
 * Departure: log-ratios are clamped to ±20 before each exponential, so that none overflows float32.
 * @returns per token [B, C], padding not masked; k3 and whether the clip is what counts (1 or 0) too
 */
export function grpoTokenLoss(
  x: GroupExample,
  clip: number,
  beta: number,
  klLoss: 'k3' | 'corrected',
): { loss: Tensor; kl: Tensor; clipped: Tensor } {
  const { loss, ratio, clipped } = clippedPolicyLoss(x.logps, x.oldLogps, x.advantages, clip); // [B, C]
  const gap = ops.clip(ops.sub(x.refLogps, x.logps), -20, 20); //                                 [B, C]
  const kl = ops.sub(ops.sub(ops.exp(gap), gap), 1); //                                           [B, C]
  const penalty = klLoss === 'k3' ? kl : ops.mul(kl, ratio); //                                   [B, C]
  return { loss: ops.add(loss, ops.mul(penalty, beta)), kl, clipped }; //                         [B, C]
}

/**
 * From tokens to completions, so that the batch mean is the loss
 *
 *   constant  Σ_t l_{i,t} / C    Liu et al. 2025 (Dr. GRPO), https://arxiv.org/abs/2503.20783, section 3.2
 *   sequence  Σ_t l_{i,t} / |o_i|    Shao et al. 2024, equation 3
 *   token     Σ_t l_{i,t} / mean_i |o_i|    every token of the batch the same, TRL's `bnpo`
 *
 *   C -> the most tokens a completion may have;  |o_i| -> completion tokens, end token included
 *
 * Only `constant` is the policy gradient of whole completions: dividing by |o_i| makes long wrong answers
 * cheap, and dividing by the batch's mean length couples completions.
 * @param perToken [B, C]
 * @param mask [B, C] 1 on real tokens; every row has at least one
 * @returns [B]
 */
export function perCompletion(
  perToken: Tensor,
  mask: Tensor,
  average: 'constant' | 'sequence' | 'token',
  maxTokens: number,
): Tensor {
  const sums = ops.sum(ops.mul(perToken, mask), 1); //                          [B]
  if (average === 'constant') return ops.div(sums, maxTokens); //               [B]
  const lengths = ops.sum(mask, 1); //                                          [B]
  return ops.div(sums, average === 'sequence' ? lengths : ops.mean(lengths)); // [B]
}
