import { ops, type Tensor } from '../../harness/index.js';

/**
 * Supervised fine-tuning: maximum likelihood of completions, Stiennon et al. 2020, section 3.3,
 * https://arxiv.org/abs/2009.01325
 *
 *   L(π) = −E_{(x,y)~D} Σ_t log π(y_t | x, y_<t)
 *
 *   y_t -> a completion token, end token included; prompt tokens are not trained on
 *   log π(y_t | x, y_<t) -> tokenLogps[b, t], 0 on padding;  whether t is real -> mask[b, t]
 *
 * The paper leaves the average open; there are two, and they weigh long completions differently:
 *   token     every token counts the same     −Σ_{b,t} log π / Σ_b n_b                (TRL, transformers)
 *   sequence  every completion counts the same  −mean_b (Σ_t log π / n_b)
 *
 * Both are returned per example, so that the batch mean is the loss.
 * @param tokenLogps [B, C] nats
 * @param mask [B, C] 1 on real tokens; every row has at least one
 * @returns [B] nats
 */
export function tokenMeanLoss(tokenLogps: Tensor, mask: Tensor): Tensor {
  const nll = ops.neg(ops.sum(tokenLogps, 1)); //                   [B]
  const meanLength = ops.div(ops.sum(mask), mask.shape[0]!); //     []
  return ops.div(nll, meanLength); //                               [B]
}

/** See `tokenMeanLoss`. */
export function sequenceMeanLoss(tokenLogps: Tensor, mask: Tensor): Tensor {
  const nll = ops.neg(ops.sum(tokenLogps, 1)); //    [B]
  const lengths = ops.sum(mask, 1); //               [B]
  return ops.div(nll, lengths); //                   [B]
}
