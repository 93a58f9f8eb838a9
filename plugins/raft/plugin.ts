import {
  completionSums,
  definePlugin,
  integer,
  number,
  ops,
  parameters,
  rows,
  TiltyardError,
} from '../../harness/index.js';
import { optimizerOptions, optimizerProperties } from '../shared/optimizer.js';
import { meanMetrics } from '../shared/rollout.js';
import { tokenCounter } from '../shared/tokens.js';
import { bestRows, penalisedScores } from './best.js';
import { raftLoss } from './loss.js';

/** Best of n of the current policy, learned by heart, and again: best-of-n distilled (loss.ts). */
export default definePlugin({
  api: 2,
  name: 'raft',
  summary: 'Reward-ranked fine-tuning: maximum likelihood of the best of n samples, iterated',
  paper: { url: 'https://arxiv.org/abs/2304.06767', equations: ['algorithm 1'] },
  needs: ['prompts', 'reference', 'reward'],
  gives: 'policy',
  params: parameters({
    beta: number({
      min: 0,
      default: 0,
      role: { kind: 'strength', holdsBack: 'larger' },
      description: 'β: weight of the KL to the reference in what is ranked; 0: the reward alone',
    }),
    n: integer({
      min: 2,
      default: 4,
      description: 'K: completions drawn of each prompt, of which the best is kept',
    }),
    iterations: integer({
      min: 1,
      default: 60,
      description: 'Rounds of drawing, ranking and fine-tuning; one record each',
    }),
    batchSize: integer({ min: 1, default: 32, description: 'b: prompts a round' }),
    epochs: integer({ min: 1, default: 1, description: 'Passes over the best completions of a round' }),
    minibatches: integer({
      min: 1,
      default: 1,
      description: 'Equal parts into which they are split; one optimiser step each',
    }),
    temperature: number({
      above: 0,
      default: 1,
      description: 'Sampling temperature, and of the KL; the likelihood is of the policy itself',
    }),
    ...optimizerProperties(3e-4),
  }),
  checks: {
    invariants: [
      { kind: 'reward-shift' },
      { kind: 'reward-monotone' },
      { kind: 'reward-shift', params: { beta: 0.5 } },
    ],
  },

  async *train(ctx, params) {
    const { beta, n, batchSize: G, epochs, minibatches, temperature } = params;
    if (G % minibatches !== 0) {
      const problem = `raft: batchSize ${G} does not divide into ${minibatches} equal minibatches`;
      throw new TiltyardError('parameter-conflict', `${problem}; make it a multiple`);
    }
    const batches = ctx.prompts({ batchSize: G, steps: params.iterations });
    const trainer = ctx.trainer({
      modules: { policy: ctx.policy },
      optimizer: optimizerOptions(params, batches.totalSteps * epochs * minibatches),
      feeds: { tokens: 'tokens' },
      loss: ({ policy }, { tokens }) => ({
        loss: ops.mean(raftLoss(policy.tokenLogps(tokens), tokens.mask)), //   []
      }),
    });
    const countTokens = tokenCounter(ctx);

    for await (const { index, prompts } of batches) {
      const options = { completionsPerPrompt: n, temperature, rng: ctx.rng.split('rollout', index) };
      const { batch, finished, logps } = await ctx.generate(ctx.policy, prompts, options);
      const scores = Array.from(await ctx.reward.scores(batch)); //            [n G]
      // Without a weight the reference would be computed for nothing, and charged.
      const reference = beta === 0 ? logps : await ctx.reference.tokenLogps(batch, { temperature });
      const [now, then] = [completionSums(logps), completionSums(reference)]; // [n G] each
      const logRatios = Array.from(now, (logp, i) => logp - then[i]!); //      [n G]
      const best = bestRows(penalisedScores(scores, logRatios, beta), G); //   [G]
      const steps: Record<string, number>[] = [];
      for (let epoch = 0; epoch < epochs; epoch++) {
        const order = ctx.rng.split('minibatches', index, epoch).shuffle(best);
        for (let at = 0; at < G; at += G / minibatches) {
          steps.push(await trainer.step({ tokens: rows(batch, order.slice(at, at + G / minibatches)) }));
        }
      }
      yield {
        metrics: {
          ...meanMetrics(steps),
          ...(beta === 0 ? {} : { 'objective/kl': mean(logRatios) }),
          'objective/scores': mean(scores),
          'objective/scores_best': mean(best.map((row) => scores[row]!)),
          'completions/finished_share': finished.filter(Boolean).length / finished.length,
          num_tokens: countTokens(rows(batch, best)),
        },
      };
    }
  },
});

const mean = (x: readonly number[]): number => x.reduce((sum, v) => sum + v, 0) / x.length;
