import { definePlugin, number, oneOf, ops, parameters } from '../../harness/index.js';
import { optimizerOptions, optimizerProperties } from '../shared/optimizer.js';
import { drawGroups, meanMetrics, rolloutProperties } from '../shared/rollout.js';
import { tokenCounter } from '../shared/tokens.js';
import { grpoAdvantages } from './advantages.js';
import { grpoTokenLoss, perCompletion } from './loss.js';

/** PPO's clip without a value function: advantages relative to the group, the KL in the loss (loss.ts). */
export default definePlugin({
  api: 2,
  name: 'grpo',
  summary:
    'Group Relative Policy Optimization on a learned reward, unbiased (Dr. GRPO) unless asked otherwise',
  paper: { url: 'https://arxiv.org/abs/2402.03300', equations: ['3', '4'] },
  needs: ['prompts', 'reference', 'reward'],
  gives: 'policy',
  params: parameters({
    beta: number({
      min: 0,
      default: 0.04,
      role: { kind: 'strength', holdsBack: 'larger' },
      description: 'β: weight of the KL to the reference in the loss',
    }),
    klLoss: oneOf(['k3', 'corrected'], {
      default: 'k3',
      description:
        "'k3': the paper's, whose gradient is that of KL(ref ‖ policy); " +
        "'corrected': weighted by the ratio, that of KL(policy ‖ ref)",
    }),
    scaleRewards: oneOf(['none', 'group'], {
      default: 'none',
      description:
        "Advantages: r - mean of the group (Dr. GRPO), or 'group': divided by its standard deviation too",
    }),
    average: oneOf(['constant', 'sequence', 'token'], {
      default: 'constant',
      description:
        'What the sum over tokens is divided by: the most tokens a completion may have (Dr. GRPO), ' +
        "its own length (the paper), or the batch's mean length",
    }),
    ...rolloutProperties({ batchSize: 8, groupSize: 8, least: 2 }),
    ...optimizerProperties(3e-4),
  }),
  checks: {
    invariants: [{ kind: 'reward-shift' }],
    // Advantages of a group sum to 0, but completions of other lengths weigh differently unless averaged.
    atStart: ({ average }) => ({ kl: 0, 'objective/kl': 0, ...(average === 'sequence' ? { loss: 0 } : {}) }),
    golden: [
      { name: 'dr_grpo', params: {} },
      { name: 'dr_grpo_corrected_kl', params: { klLoss: 'corrected' } },
      { name: 'grpo', params: { scaleRewards: 'group', average: 'sequence' } },
      { name: 'bnpo', params: { scaleRewards: 'group', average: 'token' } },
    ],
  },

  async *train(ctx, params) {
    const { beta, batchSize: G, groupSize: R, updates, temperature, clip, klLoss, average } = params;
    const batches = ctx.prompts({ batchSize: G, steps: params.iterations });
    const maxTokens = ctx.maxCompletionTokens;
    const trainer = ctx.trainer({
      modules: { policy: ctx.policy },
      optimizer: optimizerOptions(params, batches.totalSteps * updates),
      feeds: { tokens: 'tokens', oldLogps: 'tensor', refLogps: 'tensor', advantages: 'tensor' },
      loss: ({ policy }, { tokens, ...others }) => {
        const logps = policy.tokenLogps(tokens, { temperature }); //                         [R G, C]
        const { loss, kl, clipped } = grpoTokenLoss({ logps, ...others }, clip, beta, klLoss); // [R G, C]
        const drift = ops.square(ops.sub(logps, others.oldLogps)); //                         [R G, C]
        return {
          loss: ops.mean(perCompletion(loss, tokens.mask, average, maxTokens)),
          metrics: {
            kl: ops.maskedMean(kl, tokens.mask),
            'policy/approxkl_avg': ops.mul(ops.maskedMean(drift, tokens.mask), 0.5),
            'policy/clipfrac_avg': ops.maskedMean(clipped, tokens.mask),
          },
        };
      },
    });
    const countTokens = tokenCounter(ctx);

    for await (const { index, prompts } of batches) {
      const rollout = await drawGroups(ctx, prompts, params, ctx.rng.split('rollout', index));
      const { batch: tokens, logps: oldLogps } = rollout.samples;
      const advantages = grpoAdvantages(rollout.scores, G, params.scaleRewards); //           [R G]
      const feeds = {
        tokens,
        oldLogps,
        refLogps: rollout.refLogps,
        advantages: { shape: [R * G, 1], data: Float32Array.from(advantages) },
      };
      const steps: Record<string, number>[] = [];
      for (let i = 0; i < updates; i++) steps.push(await trainer.step(feeds));
      yield { metrics: { ...meanMetrics(steps), ...rollout.metrics, num_tokens: countTokens(tokens) } };
    }
  },
});
