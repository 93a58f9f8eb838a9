import {
  completionSums,
  definePlugin,
  integer,
  number,
  oneOf,
  ops,
  parameters,
  rows,
} from '../../harness/index.js';
import { optimizerOptions, optimizerProperties } from '../shared/optimizer.js';
import { betaProperty } from '../shared/pair-plugin.js';
import { pairFeeds, pairMetrics, splitPairs } from '../shared/pairs.js';
import { tokenCounter } from '../shared/tokens.js';
import { onlineDpoLoss } from './loss.js';

/** DPO on pairs that the policy draws as it trains and a reward puts in order (loss.ts). */
export default definePlugin({
  api: 2,
  name: 'online-dpo',
  summary: 'Online DPO: two completions a prompt from the current policy, labelled by a reward',
  paper: { url: 'https://arxiv.org/abs/2402.04792', equations: ['algorithm 1'] },
  needs: ['prompts', 'reference', 'reward'],
  gives: 'policy',
  params: parameters({
    beta: betaProperty('β: temperature of the implicit reward, weight of the KL to the reference'),
    iterations: integer({
      min: 1,
      default: 120,
      description: 'Batches drawn, each used for one optimiser step; one record each',
    }),
    batchSize: integer({ min: 1, default: 32, description: 'Prompts a batch, two completions each' }),
    temperature: number({
      above: 0,
      default: 1,
      description: 'Sampling temperature; log-probabilities in the loss are of the policy itself',
    }),
    labels: oneOf(['argmax', 'drawn'], {
      default: 'argmax',
      description:
        "Which of the two is chosen: 'argmax', the one with the higher reward; 'drawn', the first with " +
        "probability sigma(r_1 - r_2) in the reward's raw units, its own Bradley-Terry model",
    }),
    ...optimizerProperties(3e-4),
  }),
  checks: {
    invariants: [{ kind: 'reward-shift' }, { kind: 'reward-monotone' }],
    atStart: () => ({ loss: Math.LN2, 'rewards/margins': 0 }),
  },

  async *train(ctx, params) {
    const { beta, batchSize: B, temperature, labels } = params;
    const scale = ctx.reward.normalisation?.std ?? 1; // raw units of a score
    const batches = ctx.prompts({ batchSize: B, steps: params.iterations });
    const trainer = ctx.trainer({
      modules: { policy: ctx.policy },
      optimizer: optimizerOptions(params, batches.totalSteps),
      feeds: pairFeeds,
      loss: ({ policy }, { tokens, refLogps }) => {
        const logps = splitPairs(ops.sum(policy.tokenLogps(tokens), 1), refLogps); // [B] each
        return { loss: ops.mean(onlineDpoLoss(logps, beta)), metrics: pairMetrics(logps, beta) };
      },
    });
    const countTokens = tokenCounter(ctx);

    for await (const { index, prompts } of batches) {
      const rng = ctx.rng.split('rollout', index);
      const samples = await ctx.generate(ctx.policy, [...prompts, ...prompts], { temperature, rng });
      const scores = await ctx.reward.scores(samples.batch); // [2B]
      const first = prompts.map((_, i) => {
        const difference = scores[i]! - scores[B + i]!;
        if (labels === 'argmax') return difference >= 0; // a tie goes to the first drawn
        return rng.split('label', i).bernoulli(1 / (1 + Math.exp(-scale * difference)));
      });
      const chosen = first.map((f, i) => (f ? i : B + i));
      const rejected = first.map((f, i) => (f ? B + i : i));
      const tokens = rows(samples.batch, [...chosen, ...rejected]);
      const refLogps = Float32Array.from(completionSums(await ctx.reference.tokenLogps(tokens))); // [2B]
      const metrics = await trainer.step({ tokens, refLogps: { shape: [2 * B], data: refLogps } });
      yield {
        metrics: {
          ...metrics,
          'objective/scores': scores.reduce((sum, r) => sum + r, 0) / (2 * B),
          num_tokens: countTokens(tokens),
        },
      };
    }
  },
});
