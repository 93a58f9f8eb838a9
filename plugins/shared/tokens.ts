import type { RunContext, TokenBatch } from '../../harness/index.js';

/** Counts the prompt and completion tokens trained on so far, without padding: TRL's `num_tokens`. */
export function tokenCounter(ctx: RunContext): (batch: TokenBatch) => number {
  const seen = ctx.state('num_tokens', { tokens: 0 });
  return (batch) => (seen.tokens += realTokens(batch));
}

/** Prompt and completion tokens of a batch, padding excluded. */
export function realTokens({ ids, last }: TokenBatch): number {
  const T = ids.shape[1]!;
  let tokens = 0;
  last.data.forEach((flat, b) => (tokens += flat - b * T + 1));
  return tokens;
}
