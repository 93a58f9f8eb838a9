import { type RunContext, TiltyardError } from '../../harness/index.js';
import type { BtParams } from './params.js';

/**
 * Fixes the shift that the loss leaves free, and the scale: mean 0 and standard deviation `scale` (1 in
 * Ziegler et al. 2019, https://arxiv.org/abs/1909.08593) on samples of the starting policy.
 * @returns mean and standard deviation before, in reward units
 */
export async function normalise(
  ctx: RunContext,
  {
    normalisationSamples: n,
    scale,
    headScale,
  }: Pick<BtParams, 'normalisationSamples' | 'scale' | 'headScale'>,
): Promise<Record<string, number>> {
  for await (const { prompts } of ctx.prompts({ batchSize: n, steps: 1 })) {
    const samples = await ctx.generate(ctx.policy, prompts, { rng: ctx.rng.split('normalisation') });
    const scores = await ctx.rewardModel.scores(samples.batch); // [n]
    const mean = scores.reduce((sum, r) => sum + r, 0) / n;
    const std = Math.sqrt(scores.reduce((sum, r) => sum + (r - mean) ** 2, 0) / n);
    ctx.rewardModel.setNormalisation({ mean, std: std / scale });
    return { 'normalisation/mean': mean * headScale, 'normalisation/std': std * headScale };
  }
  throw new TiltyardError('no-prompts', 'bt-reward: there are no prompts left to sample for normalisation');
}
