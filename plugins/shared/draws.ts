import type { Rng, RunContext, Samples, TokenPrompt } from '../../harness/index.js';

/**
 * n completions of the starting policy for each prompt, at temperature 1, with their rewards: row p n + i is
 * draw i of prompt p.
 */
export async function drawAndScore(
  ctx: RunContext,
  prompts: readonly TokenPrompt[],
  n: number,
  rng: Rng,
): Promise<{ samples: Samples; scores: readonly number[] }> {
  const repeated = prompts.flatMap((prompt) => Array.from({ length: n }, () => prompt));
  const samples = await ctx.generate(ctx.policy, repeated, { rng }); // the policy itself, not a sharper one
  return { samples, scores: Array.from(await ctx.reward.scores(samples.batch)) };
}
