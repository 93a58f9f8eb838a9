import type { Rng, RunContext, TokenPrompt } from '../../harness/index.js';

/** Draws of each prompt side by side: row p n + i is draw i of prompt p. */
export interface ScoredDraws {
  readonly samples: {
    readonly completions: readonly (readonly number[])[];
    readonly finished: readonly boolean[];
  };
  /** log π(y|x) of each, nats. */
  readonly logps: readonly number[];
  readonly scores: readonly number[];
}

/**
 * n completions of the starting policy for each prompt, at temperature 1, with their rewards. A plugin that
 * calls it says how many in its `draws`, so that the runs of a seed share them.
 */
export async function drawAndScore(
  ctx: RunContext,
  prompts: readonly TokenPrompt[],
  n: number,
  rng: Rng,
): Promise<ScoredDraws> {
  const { completions, finished, logps, scores } = await ctx.draws(prompts, n, rng);
  const P = prompts.length;
  const byPrompt = <T>(rows: readonly T[]): T[] =>
    Array.from({ length: n * P }, (_, row) => rows[(row % n) * P + Math.floor(row / n)]!);
  return {
    samples: { completions: byPrompt(completions), finished: byPrompt(finished) },
    logps: byPrompt(logps),
    scores: byPrompt(scores),
  };
}
