import { type RunContext, TiltyardError } from '../../harness/index.js';

/** The shift that the loss leaves free, and the scale: mean 0 and standard deviation `scale` (1 in Ziegler et al. 2019) on samples of the starting policy. */
export async function normalise(ctx: RunContext, { normalisationSamples: nSamples, scale, headScale }: { readonly normalisationSamples: number; readonly scale: number; readonly headScale: number }): Promise<Record<string, number>> {
  for await (const { prompts } of ctx.prompts({ batchSize: nSamples, steps: 1 })) {
    const repeated = Array.from({ length: nSamples }, (_, i) => prompts[i % prompts.length]!); // fewer prompts than samples: round robin
    const samples = await ctx.generate(ctx.policy, repeated, { rng: ctx.rng.split('normalisation') });
    const scores = await ctx.rewardModel.scores(samples.batch); // [nSamples]
    const mean = scores.reduce((sum, r) => sum + r, 0) / nSamples;
    const std = Math.sqrt(scores.reduce((sum, r) => sum + (r - mean) ** 2, 0) / nSamples);
    ctx.rewardModel.setNormalisation({ mean, std: std / scale });
    return { 'normalisation/mean': mean * headScale, 'normalisation/std': std * headScale };
  }
  throw new TiltyardError('no-prompts', 'bt-reward: there are no training prompts to sample for normalisation; give the dataset training prompts');
}
