import { definePlugin, ops, type Tensor } from '../../harness/index.js';
import { clippedPolicyLoss, clippedValueLoss } from '../shared/clipped-loss.js';
import { optimizerOptions } from '../shared/optimizer.js';
import { meanMetrics } from '../shared/rollout.js';
import { adaptedCoefficient } from './kl-controller.js';
import { checkParams, ppoParams } from './params.js';
import { evaluateRollout, minibatch, ppoFeeds } from './rollout.js';

/**
 * PPO on a learned reward with a per-token KL to the reference in the reward (rollout.ts,
 * ../shared/clipped-loss.ts).
 */
export default definePlugin({
  api: 2,
  name: 'ppo-rlhf',
  summary: 'PPO on a learned reward with a KL penalty to the reference',
  paper: { url: 'https://arxiv.org/abs/1909.08593', equations: ['2'] },
  needs: ['prompts', 'reference', 'reward'],
  gives: 'policy',
  params: ppoParams,
  checks: {
    invariants: [{ kind: 'reward-monotone', params: { advantages: 'rank' } }],
  },

  async *train(ctx, params) {
    checkParams(params);
    const batches = ctx.prompts({ batchSize: params.batchSize, steps: params.iterations });
    const value =
      params.value === 'head'
        ? await ctx.scalarHead('value', ctx.policy)
        : await ctx.scalarModule('value', { init: 'zero' });
    const { clip, valueClip, valueCoefficient, temperature } = params;
    const trainer = ctx.trainer({
      modules: { policy: ctx.policy, value },
      optimizer: optimizerOptions(params, params.iterations * params.epochs * params.minibatches),
      feeds: ppoFeeds,
      loss: (nets, { tokens, oldLogps, advantages, returns, oldValues }) => {
        const mean = (x: Tensor): Tensor => ops.maskedMean(x, tokens.mask);
        const logps = nets.policy.tokenLogps(tokens, { temperature }); //                           [B, C]
        const pg = clippedPolicyLoss(logps, oldLogps, advantages, clip); //                         [B, C]
        const vf = clippedValueLoss(nets.value.values(tokens), oldValues, returns, valueClip); //   [B, C]
        return {
          loss: ops.add(mean(pg.loss), ops.mul(mean(vf.loss), valueCoefficient)),
          metrics: {
            'loss/policy_avg': mean(pg.loss),
            'loss/value_avg': mean(vf.loss),
            'policy/approxkl_avg': ops.mul(mean(ops.square(ops.sub(logps, oldLogps))), 0.5),
            'policy/clipfrac_avg': mean(pg.clipped),
            'val/clipfrac_avg': mean(vf.clipped),
            'val/ratio': mean(pg.ratio),
          },
        };
      },
    });
    const kl = ctx.state('kl', { coefficient: params.klCoefficient });

    for await (const { index, prompts } of batches) {
      const rng = ctx.rng.split('rollout', index);
      const samples = await ctx.generate(ctx.policy, prompts, { temperature, rng });
      const { feeds, metrics } = await evaluateRollout(ctx, value, samples, params, kl.coefficient);
      const updates: Record<string, number>[] = [];
      for (let epoch = 0; epoch < params.epochs; epoch++) {
        const order = ctx.rng.split('minibatches', index, epoch).shuffle(Array.from(prompts.keys()));
        const size = prompts.length / params.minibatches;
        for (let at = 0; at < order.length; at += size) {
          updates.push(await trainer.step(minibatch(feeds, order.slice(at, at + size))));
        }
      }
      if (params.klController === 'adaptive') {
        const { klTarget, klHorizon } = params;
        const measured = metrics['objective/kl']!;
        kl.coefficient = adaptedCoefficient(kl.coefficient, measured, prompts.length, klTarget, klHorizon);
      }
      yield { metrics: { ...meanMetrics(updates), ...metrics } };
    }
  },
});
