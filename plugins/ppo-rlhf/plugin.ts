import { definePlugin, type HostTensor, type Module, ops, pick, rows, type RunContext, type Samples, TiltyardError, type TokenBatch } from '../../harness/index.js';
import { optimizerOptions } from '../shared/optimizer.js';
import { adaptedCoefficient, generalisedAdvantages, rankedScores, shapedScores, tokenKl, tokenRewards, whitened } from './advantages.js';
import { policyLoss, valueLoss } from './loss.js';
import { type PpoParams, ppoParams } from './params.js';

type PpoFeeds = { tokens: TokenBatch; oldLogps: HostTensor; advantages: HostTensor; returns: HostTensor; oldValues: HostTensor };

/** PPO on a learned reward with a per-token KL to the reference in the reward (loss.ts, advantages.ts). */
export default definePlugin<PpoParams>({
  api: 1,
  name: 'ppo-rlhf',
  summary: 'PPO on a learned reward with a KL penalty to the reference',
  paper: { url: 'https://arxiv.org/abs/1909.08593', equations: ['2'] },
  needs: ['prompts', 'reference', 'reward'],
  gives: 'policy',
  params: ppoParams,
  invariants: [{ kind: 'reward-monotone', params: { advantages: 'rank' } }],

  async *train(ctx, params) {
    check(params);
    const prompts = ctx.prompts({ batchSize: params.batchSize, steps: params.iterations });
    const value = params.value === 'head' ? await ctx.scalarHead('value', ctx.policy) : await ctx.scalarModule('value', { init: 'zero' });
    const { clip, valueClip, valueCoefficient, temperature } = params;
    const trainer = ctx.trainer<PpoFeeds, 'policy' | 'value'>({
      modules: { policy: ctx.policy, value },
      optimizer: optimizerOptions(params, params.iterations * params.epochs * params.minibatches),
      loss: (nets, { tokens, oldLogps, advantages, returns, oldValues }) => {
        const mean = (x: ops.Tensor): ops.Tensor => ops.maskedMean(x, tokens.mask);
        const logps = nets.policy.tokenLogps(tokens, { temperature }); //                    [B, C]
        const pg = policyLoss(logps, oldLogps, advantages, clip); //                         [B, C]
        const vf = valueLoss(nets.value.values(tokens), oldValues, returns, valueClip); //   [B, C]
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

    for await (const batch of prompts) {
      // Fewer prompts in the data than in a batch: they take turns.
      const queries = Array.from({ length: params.batchSize }, (_, i) => batch.prompts[i % batch.prompts.length]!);
      const samples = await ctx.generate(ctx.policy, queries, { temperature, rng: ctx.rng.split('rollout', batch.index) });
      const { feeds, metrics } = await evaluateRollout(ctx, value, samples, params, kl.coefficient);
      const updates: Record<string, number>[] = [];
      for (let epoch = 0; epoch < params.epochs; epoch++) {
        const order = ctx.rng.split('minibatches', batch.index, epoch).shuffle(Array.from(queries.keys()));
        const size = queries.length / params.minibatches;
        for (let at = 0; at < order.length; at += size) updates.push(await trainer.step(minibatch(feeds, order.slice(at, at + size))));
      }
      if (params.klController === 'adaptive') {
        kl.coefficient = adaptedCoefficient(kl.coefficient, metrics['objective/kl']!, queries.length, params.klTarget, params.klHorizon);
      }
      yield { metrics: { ...meanOf(updates), ...metrics, learning_rate: updates.at(-1)!['learning_rate']! } };
    }
  },
});

/** Scores a rollout and turns it into what the loss is fed. All on the host, in float64 until it is fed. */
async function evaluateRollout(ctx: RunContext, value: Module, samples: Samples, params: PpoParams, klCoefficient: number): Promise<{ feeds: PpoFeeds; metrics: Record<string, number> }> {
  const { batch, finished, logps } = samples;
  const refLogps = await ctx.reference.tokenLogps(batch, { temperature: params.temperature }); // [B, C]
  const oldValues = await value.values(batch); //                                                [B, C]
  const rewards = await ctx.reward.scores(batch); //                                             [B]

  const shape = batch.mask.shape;
  const grid = { columns: shape[1]!, mask: batch.mask.data };
  const scores = shapedScores(rewards, finished, params);
  const placed = params.advantages === 'rank' ? rankedScores(rewards, finished, params.missingEos === 'none' ? 'none' : 'replace') : scores;
  const kl = tokenKl(logps.data, refLogps.data, grid); //                                        [B, C]
  const raw = generalisedAdvantages(tokenRewards(kl, placed, klCoefficient, grid), oldValues.data, grid, params.gamma, params.lambda);
  const advantages = params.advantages === 'raw' ? raw : whitened(raw, grid); //                 [B, C]
  const returns = raw.map((a, i) => a + oldValues.data[i]!); //                                  [B, C]

  const host = (data: Float64Array): HostTensor => ({ shape, data: Float32Array.from(data) });
  const perRow = (x: ArrayLike<number>): number => sum(x) / finished.length;
  const nonScore = -klCoefficient * perRow(kl);
  return {
    feeds: { tokens: batch, oldLogps: logps, advantages: host(advantages), returns: host(returns), oldValues },
    metrics: {
      'objective/kl': perRow(kl),
      'objective/kl_coefficient': klCoefficient,
      'objective/entropy': -perRow(logps.data),
      'objective/non_score_reward': nonScore,
      'objective/scores': perRow(scores),
      'objective/rlhf_reward': perRow(scores) + nonScore,
      'completions/mean_length': perRow(grid.mask),
      'completions/finished_share': finished.filter(Boolean).length / finished.length,
    },
  };
}

const minibatch = (feeds: PpoFeeds, indices: readonly number[]): PpoFeeds => ({
  tokens: rows(feeds.tokens, indices),
  oldLogps: pick(feeds.oldLogps, indices),
  advantages: pick(feeds.advantages, indices),
  returns: pick(feeds.returns, indices),
  oldValues: pick(feeds.oldValues, indices),
});

function check({ batchSize, minibatches, advantages, rewardClip, missingEos }: PpoParams): void {
  const refuse = (message: string) => new TiltyardError('parameter-conflict', `ppo-rlhf: ${message}`);
  if (batchSize % minibatches !== 0) throw refuse(`batchSize ${batchSize} does not divide into ${minibatches} equal minibatches; make it a multiple`);
  if (advantages !== 'rank') return;
  if (rewardClip !== null) throw refuse(`advantages 'rank' with rewardClip ${rewardClip}: a clip makes ties that depend on the reward's scale; set rewardClip to null`);
  if (missingEos === 'subtract') throw refuse(`advantages 'rank' with missingEos 'subtract': a penalty in reward units depends on the reward's scale; use 'replace' (ranked last) or 'none'`);
}

const sum = (x: ArrayLike<number>): number => Array.from(x).reduce((a, b) => a + b, 0);
const meanOf = (updates: readonly Record<string, number>[]): Record<string, number> =>
  Object.fromEntries(Object.keys(updates[0]!).map((name) => [name, sum(updates.map((u) => u[name]!)) / updates.length]));
