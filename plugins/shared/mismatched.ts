import { recombined, type TokenBatch } from '../../harness/index.js';

/**
 * Every prompt of a batch with the completion of the row after it, the last one with that of the first: pairs
 * (x_i, y_{i+1}) that say how a policy differs from its reference on answers to other questions, as the KL
 * term of Ethayarajh et al. 2024, https://arxiv.org/abs/2402.01306, and TRL take them. Rows next to each
 * other should have different prompts, so a batch of one row is its own neighbour: take at least two. On B
 * pairs, stacked [2B], the last chosen row takes the first rejected completion.
 * @param batch B rows
 * @returns B rows
 */
export function mismatched(batch: TokenBatch): TokenBatch {
  const rows = Array.from({ length: batch.ids.shape[0]! }, (_, i) => i);
  return recombined(
    batch,
    rows,
    rows.map((i) => (i + 1) % rows.length),
  );
}
