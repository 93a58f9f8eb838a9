import {
  type Feeds,
  type HostTensor,
  type Module,
  pick,
  type RunContext,
  rows,
  type Samples,
} from '../../harness/index.js';
import {
  explainedVariance,
  generalisedAdvantages,
  rankedScores,
  tokenKl,
  tokenRewards,
  whitened,
} from '../shared/advantages.js';
import { shapedScores } from '../shared/scores.js';
import type { PpoParams } from './params.js';

/** What the loss is fed: N completions, and an array [N, C] of each kind. */
export const ppoFeeds = {
  tokens: 'tokens',
  oldLogps: 'tensor',
  advantages: 'tensor',
  returns: 'tensor',
  oldValues: 'tensor',
} as const;
export type PpoFeeds = Feeds<typeof ppoFeeds>;

/** Scores a rollout and turns it into what the loss is fed. All on the host, in float64 until it is fed. */
export async function evaluateRollout(
  ctx: RunContext,
  value: Module,
  samples: Samples,
  params: PpoParams,
  klCoefficient: number,
): Promise<{ feeds: PpoFeeds; metrics: Record<string, number> }> {
  const { batch, finished, logps } = samples;
  const refLogps = await ctx.reference.tokenLogps(batch, { temperature: params.temperature }); // [B, C]
  const oldValues = await value.values(batch); //                                                [B, C]
  const rewards = await ctx.reward.scores(batch); //                                             [B]

  const shape = batch.mask.shape;
  const grid = { columns: shape[1]!, mask: batch.mask.data };
  const scores = shapedScores(rewards, finished, params);
  const unfinished = params.missingEos === 'none' ? 'none' : 'replace';
  const placed = params.advantages === 'rank' ? rankedScores(rewards, finished, unfinished) : scores;
  const kl = tokenKl(logps.data, refLogps.data, grid); //                                        [B, C]
  const tokens = tokenRewards(kl, placed, klCoefficient, grid); //                               [B, C]
  const raw = generalisedAdvantages(tokens, oldValues.data, grid, params.gamma, params.lambda); // [B, C]
  const advantages = params.advantages === 'raw' ? raw : whitened(raw, grid); //                 [B, C]
  const returns = raw.map((a, i) => a + oldValues.data[i]!); //                                  [B, C]

  const explained = explainedVariance(oldValues.data, returns, grid);
  const host = (data: Float64Array): HostTensor => ({ shape, data: Float32Array.from(data) });
  const perRow = (x: ArrayLike<number>): number => sum(x) / finished.length;
  const nonScore = -klCoefficient * perRow(kl);
  return {
    feeds: {
      tokens: batch,
      oldLogps: logps,
      advantages: host(advantages),
      returns: host(returns),
      oldValues,
    },
    metrics: {
      'objective/kl': perRow(kl),
      'objective/kl_coefficient': klCoefficient,
      'objective/entropy': -perRow(logps.data),
      'objective/non_score_reward': nonScore,
      'objective/scores': perRow(scores),
      'objective/rlhf_reward': perRow(scores) + nonScore,
      ...(explained === null ? {} : { 'val/explained_variance': explained }),
      'completions/mean_length': perRow(grid.mask),
      'completions/finished_share': finished.filter(Boolean).length / finished.length,
    },
  };
}

/** The given completions of a rollout. */
export const minibatch = (feeds: PpoFeeds, indices: readonly number[]): PpoFeeds => ({
  tokens: rows(feeds.tokens, indices),
  oldLogps: pick(feeds.oldLogps, indices),
  advantages: pick(feeds.advantages, indices),
  returns: pick(feeds.returns, indices),
  oldValues: pick(feeds.oldValues, indices),
});

const sum = (x: ArrayLike<number>): number => Array.from(x).reduce((a, b) => a + b, 0);
