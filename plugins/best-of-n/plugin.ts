import { definePlugin, integer, parameters } from '../../harness/index.js';
import { drawAndScore } from '../shared/draws.js';
import { estimatedKl, exactBestOfN } from './kl.js';

/** Draws n completions of the policy and keeps the one the reward likes best: a policy without training. */
export default definePlugin({
  api: 2,
  name: 'best-of-n',
  summary: 'Best of n samples by a reward, without training',
  paper: { url: 'https://arxiv.org/abs/2401.01879', equations: ['section 4'] },
  needs: ['reward'],
  gives: 'policy',
  params: parameters({
    n: integer({
      min: 1,
      default: 16,
      role: { kind: 'strength', holdsBack: 'smaller' },
      description: 'Completions drawn per prompt',
    }),
  }),

  async *train() {},

  draws: ({ n }) => n,

  probabilities: ({ n }, reference, rewards) => exactBestOfN(reference, rewards, n).policy,

  async sample(ctx, { n }, prompts, rng) {
    const { samples, logps, scores } = await drawAndScore(ctx, prompts, n, rng); // ε below is exp(logps)
    const best = prompts.map((_, p) => {
      let at = p * n;
      // Ties go to the first drawn.
      for (let i = at + 1; i < (p + 1) * n; i++) if (scores[i]! > scores[at]!) at = i;
      return at;
    });
    return {
      completions: best.map((row) => samples.completions[row]!),
      finished: best.map((row) => samples.finished[row]!),
      kl: { name: 'beirami-2024', perSample: best.map((row) => estimatedKl(logps[row]!, n)) },
    };
  },
});
