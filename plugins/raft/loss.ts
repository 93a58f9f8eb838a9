import { ops, type Tensor } from '../../harness/index.js';

/**
 * Reward-ranked fine-tuning, algorithm 1, step 3 of Dong et al. 2023, https://arxiv.org/abs/2304.06767:
 * maximum likelihood of the best completion of each prompt
 *
 *   L(θ) = −E_{x, y* = argmax_{y_1…y_K} r(x,y)} Σ_t log π_θ(y*_t | x, y*_{<t})
 *
 *   log π_θ(y*_t|·) -> tokenLogps[b, t], 0 on padding;  whether t is real -> mask[b, t]
 *
 * Divided by the batch's mean length, so that the batch mean is TRL's and our sft's loss per token and one
 * learning rate serves any length; the paper leaves the average open.
 *
 * In expectation its gradient is that of KL(π_K ‖ π_θ), π_K best-of-K of the policy that drew: its minimum
 * is π_K(y) = F(y)^K − F(y−)^K, F the distribution of the reward under that policy. Minimised in each
 * iteration, T of them end at best-of-K^T of the start. Ranked by r − β log π_θ/π_ref (best.ts), it ends at
 * π_ref exp(r/β)/Z for every K.
 * @param tokenLogps [B, C] nats
 * @param mask [B, C] 1 on real tokens; every row has at least one
 * @returns [B] nats per token
 */
export function raftLoss(tokenLogps: Tensor, mask: Tensor): Tensor {
  const nll = ops.neg(ops.sum(tokenLogps, 1)); //                 [B]
  const meanLength = ops.div(ops.sum(mask), mask.shape[0]!); //   []
  return ops.div(nll, meanLength); //                             [B]
}
