import { completionSums, definePlugin, ops, rows } from '../../harness/index.js';
import { type OptimizerParams, optimizerOptions, optimizerProperties } from '../shared/optimizer.js';
import { betaProperty } from '../shared/pair-plugin.js';
import { type PairFeeds, pairMetrics, splitPairs } from '../shared/pairs.js';
import { tokenCounter } from '../shared/tokens.js';
import { onlineDpoLoss } from './loss.js';

export interface OnlineDpoParams extends OptimizerParams {
  readonly beta: number;
  readonly iterations: number;
  readonly batchSize: number;
  readonly temperature: number;
}

/** DPO on pairs that the policy draws as it trains and a reward puts in order (loss.ts). */
export default definePlugin<OnlineDpoParams>({
  api: 1,
  name: 'online-dpo',
  summary: 'Online DPO: two completions a prompt from the current policy, labelled by a reward',
  paper: { url: 'https://arxiv.org/abs/2402.04792', equations: ['algorithm 1'] },
  needs: ['prompts', 'reference', 'reward'],
  gives: 'policy',
  params: {
    type: 'object',
    additionalProperties: false,
    properties: {
      beta: betaProperty('β: temperature of the implicit reward, weight of the KL to the reference'),
      iterations: { type: 'integer', minimum: 1, default: 120, description: 'Batches drawn, each used for one optimiser step; one record each' },
      batchSize: { type: 'integer', minimum: 1, default: 32, description: 'Prompts a batch, two completions each' },
      temperature: { type: 'number', exclusiveMinimum: 0, default: 1, description: 'Sampling temperature; log-probabilities in the loss are of the policy itself' },
      ...optimizerProperties(3e-4),
    },
  },
  invariants: [{ kind: 'reward-shift' }, { kind: 'reward-monotone' }],
  atStart: () => ({ loss: Math.LN2, 'rewards/margins': 0 }),

  async *train(ctx, params) {
    const { beta, batchSize: B, temperature } = params;
    const prompts = ctx.prompts({ batchSize: B, steps: params.iterations });
    const trainer = ctx.trainer<PairFeeds, 'policy'>({
      modules: { policy: ctx.policy },
      optimizer: optimizerOptions(params, prompts.totalSteps),
      loss: ({ policy }, { tokens, refLogps }) => {
        const logps = splitPairs(ops.sum(policy.tokenLogps(tokens), 1), refLogps); // [B] each
        return { loss: ops.mean(onlineDpoLoss(logps, beta)), metrics: pairMetrics(logps, beta) };
      },
    });
    const countTokens = tokenCounter(ctx);

    for await (const batch of prompts) {
      // Fewer prompts in the data than in a batch: they take turns.
      const queries = Array.from({ length: B }, (_, i) => batch.prompts[i % batch.prompts.length]!);
      const samples = await ctx.generate(ctx.policy, [...queries, ...queries], { temperature, rng: ctx.rng.split('rollout', batch.index) });
      const scores = await ctx.reward.scores(samples.batch); // [2B]
      const first = queries.map((_, i) => scores[i]! >= scores[B + i]!); // a tie goes to the first drawn
      const tokens = rows(samples.batch, [...first.map((f, i) => (f ? i : B + i)), ...first.map((f, i) => (f ? B + i : i))]);
      const metrics = await trainer.step({ tokens, refLogps: { shape: [2 * B], data: Float32Array.from(completionSums(await ctx.reference.tokenLogps(tokens))) } });
      yield { metrics: { ...metrics, 'objective/scores': scores.reduce((sum, r) => sum + r, 0) / (2 * B), num_tokens: countTokens(tokens) } };
    }
  },
});
