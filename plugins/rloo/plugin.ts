import { completionSums, definePlugin, number, ops, parameters } from '../../harness/index.js';
import { optimizerOptions, optimizerProperties } from '../shared/optimizer.js';
import { drawGroups, meanMetrics, rolloutProperties } from '../shared/rollout.js';
import { tokenCounter } from '../shared/tokens.js';
import { rlooAdvantages, rlooLoss } from './loss.js';

/** Parameters with which AdamW ends at the optimum, where no advantage is left. */
const converging = {
  beta: 0.5,
  batchSize: 64,
  iterations: 250,
  learningRate: 0.05,
  schedule: 'cosine',
  maxGradNorm: null,
} as const;

/** REINFORCE on whole completions, each measured against the others of its prompt (loss.ts). */
export default definePlugin({
  api: 2,
  name: 'rloo',
  summary: 'REINFORCE with a leave-one-out baseline on a learned reward, KL to the reference in the reward',
  paper: { url: 'https://arxiv.org/abs/2402.14740', equations: ['REINFORCE Leave-One-Out'] },
  needs: ['prompts', 'reference', 'reward'],
  gives: 'policy',
  params: parameters({
    beta: number({
      min: 0,
      default: 0.05,
      role: { kind: 'strength', holdsBack: 'larger' },
      description: 'β: weight of the KL to the reference in the reward, whole completions',
    }),
    ...rolloutProperties({ batchSize: 16, groupSize: 4, least: 2 }),
    ...optimizerProperties(3e-4),
  }),
  checks: {
    invariants: [{ kind: 'reward-shift' }],
    atStart: () => ({ loss: 0, 'objective/kl': 0 }), // the ratio is 1 and the advantages of a group sum to 0
    golden: [{ name: 'rloo', params: {} }],
    twoArms: { params: converging, gap: 1 / converging.beta }, // r/β: the gap of π_ref exp(r/β)/Z
  },

  async *train(ctx, params) {
    const { beta, batchSize: G, groupSize: R, updates, temperature, clip } = params;
    const batches = ctx.prompts({ batchSize: G, steps: params.iterations });
    const trainer = ctx.trainer({
      modules: { policy: ctx.policy },
      optimizer: optimizerOptions(params, batches.totalSteps * updates),
      feeds: { tokens: 'tokens', oldLogps: 'tensor', advantages: 'tensor' },
      loss: ({ policy }, { tokens, oldLogps, advantages }) => {
        const logps = ops.sum(policy.tokenLogps(tokens, { temperature }), 1); //         [R G]
        const { loss, ratio, clipped } = rlooLoss(logps, oldLogps, advantages, clip); // [R G] each
        return {
          loss: ops.mean(loss),
          metrics: {
            'policy/approxkl_avg': ops.mul(ops.mean(ops.square(ops.sub(logps, oldLogps))), 0.5),
            'policy/clipfrac_avg': ops.mean(clipped),
            'val/ratio': ops.mean(ratio),
          },
        };
      },
    });
    const countTokens = tokenCounter(ctx);

    for await (const { index, prompts } of batches) {
      const rollout = await drawGroups(ctx, prompts, params, ctx.rng.split('rollout', index));
      const tokens = rollout.samples.batch;
      const perRow = (data: Iterable<number>) => ({ shape: [R * G], data: Float32Array.from(data) });
      const oldLogps = perRow(completionSums(rollout.samples.logps)); //                 [R G]
      const advantages = perRow(rlooAdvantages(rollout.scores, rollout.logRatios, beta, G));
      const steps: Record<string, number>[] = [];
      for (let i = 0; i < updates; i++) steps.push(await trainer.step({ tokens, oldLogps, advantages }));
      const nonScore = -beta * rollout.metrics['objective/kl']!;
      yield {
        metrics: {
          ...meanMetrics(steps),
          ...rollout.metrics,
          'objective/non_score_reward': nonScore,
          'objective/rlhf_reward': rollout.metrics['objective/scores']! + nonScore,
          num_tokens: countTokens(tokens),
        },
      };
    }
  },
});
