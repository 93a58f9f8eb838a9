import { definePlugin, integer, number, parameters } from '../../harness/index.js';
import { drawAndScore } from '../shared/draws.js';
import { tilted } from './tilt.js';

/**
 * Samples the optimum that RL looks for, without looking for it: n draws of the start, one taken in
 * proportion to exp(r/β).
 */
export default definePlugin({
  api: 2,
  name: 'tilt',
  summary: 'The optimum of the KL-regularised objective by importance resampling, without training',
  paper: { url: 'https://arxiv.org/abs/2305.18290', equations: ['4'] },
  needs: ['reward'],
  gives: 'policy',
  params: parameters({
    beta: number({
      above: 0,
      default: 0.5,
      role: { kind: 'strength', holdsBack: 'larger' },
      description: "β: weight of the KL, in standard deviations of the reward over the start's samples",
    }),
    n: integer({ min: 1, default: 64, description: 'Completions drawn per prompt' }),
  }),

  async *train() {},

  draws: ({ n }) => n,

  probabilities: ({ beta }, reference, rewards) => tilted(reference, rewards, beta).policy,

  async sample(ctx, { beta, n }, prompts, rng) {
    const { samples, scores } = await drawAndScore(ctx, prompts, n, rng);
    const uniform = new Array<number>(n).fill(1 / n);
    const drawn = prompts.map((_, p) => tilted(uniform, scores.slice(p * n, (p + 1) * n), beta));
    const taken = drawn.map(({ policy }, p) => p * n + rng.split('take', p).categorical(policy));
    return {
      completions: taken.map((row) => samples.completions[row]!),
      finished: taken.map((row) => samples.finished[row]!),
      kl: { name: 'importance', perSample: drawn.map(({ kl }) => kl) },
    };
  },
});
