import type { Tensor } from '../../harness/index.js';
import { clippedPolicyLoss } from '../shared/clipped-loss.js';
import { leaveOneOutAdvantages } from '../shared/groups.js';

/**
 * REINFORCE with a leave-one-out baseline (RLOO), Ahmadian et al. 2024, section "REINFORCE Leave-One-Out",
 * https://arxiv.org/abs/2402.14740: a whole completion is one action, and the other completions of its prompt
 * are its baseline
 *
 *   ∇J = E [ 1/k Σ_i ( R(y_i,x) − 1/(k−1) Σ_{j≠i} R(y_j,x) ) ∇ log π_θ(y_i|x) ],      y_1 … y_k ~ π_θ(·|x)
 *   R(y,x) = r(x,y) − β log π_θ(y|x)/π_ref(y|x)
 *
 *   R − baseline -> advantages;  log π(y|x) -> completion **sums** of token log-probabilities, nats
 *
 * as the gradient of a loss, so that a rollout may serve for more than one update
 *
 *   L_i = −min( ρ_i A_i, clip(ρ_i, 1−ε, 1+ε) A_i ),      ρ_i = π_θ(y_i|x)/π_old(y_i|x)
 *
 * Departure: ρ and the clip, as in TRL; the paper drops both. At one update a rollout ρ = 1 and the gradient
 * of L_i is the paper's, −A_i ∇ log π_θ(y_i|x). The loss of a group is then 0 whatever the rewards: its
 * advantages sum to 0.
 * @param logps [B]; the others too
 * @returns [B]. Also the ratio, and whether the clip is what counts, 1 or 0: [B] each.
 */
export function rlooLoss(
  logps: Tensor,
  oldLogps: Tensor,
  advantages: Tensor,
  clip: number,
): { loss: Tensor; ratio: Tensor; clipped: Tensor } {
  return clippedPolicyLoss(logps, oldLogps, advantages, clip); // [B] each
}

/**
 * A_i = R(y_i,x) − 1/(k−1) Σ_{j≠i} R(y_j,x), with R(y,x) = r(x,y) − β log π_θ(y|x)/π_ref(y|x). All are 0 once
 * the policy is π_ref exp(r/β)/Z, where R is β log Z for every completion: the estimate is without noise at
 * the optimum.
 * @param scores r of each completion, rows as `ctx.generate` groups them: [R G]
 * @param logRatios log π_θ(y|x)/π_ref(y|x) where they were drawn, nats: [R G]
 * @param groups G
 * @returns [R G]
 * @throws TiltyardError where a prompt has one completion alone
 */
export function rlooAdvantages(
  scores: readonly number[],
  logRatios: readonly number[],
  beta: number,
  groups: number,
): Float64Array {
  return leaveOneOutAdvantages(
    scores.map((r, i) => r - beta * logRatios[i]!),
    groups,
  );
}
