import {
  completionSums,
  type HostTensor,
  integer,
  number,
  type ParamsOf,
  type Rng,
  type RunContext,
  type Samples,
  type TokenPrompt,
} from '../../harness/index.js';
import { groupStatistics } from './groups.js';
import { type ScoreOptions, scoreProperties, shapedScores } from './scores.js';

/** Parameters of a rollout in groups: of how many prompts and completions, how often used, and how drawn. */
export const groupProperties = (defaults: { batchSize: number; groupSize: number; least: number }) => ({
  batchSize: integer({ min: 1, default: defaults.batchSize, description: 'Prompts a rollout' }),
  groupSize: integer({
    min: defaults.least,
    default: defaults.groupSize,
    description: 'Completions of each prompt',
  }),
  updates: integer({ min: 1, default: 1, description: 'Optimiser steps on each rollout, all of it' }),
  temperature: number({
    above: 0,
    default: 1,
    description: 'Sampling temperature; every log-probability and the KL are of the tempered policies',
  }),
});

/** How much a plugin draws in groups, with this plugin's default sizes. */
export const rolloutProperties = (defaults: { batchSize: number; groupSize: number; least: number }) => ({
  iterations: integer({
    min: 1,
    default: 120,
    description: 'Rollouts, each followed by its updates; one record each',
  }),
  ...groupProperties(defaults),
  clip: number({
    above: 0,
    default: 0.2,
    description: 'ε: the policy ratio is clipped to [1-ε, 1+ε]; idle at one update a rollout',
  }),
  ...scoreProperties('none'),
});

/** The values of `rolloutProperties`. */
export type RolloutParams = ParamsOf<ReturnType<typeof rolloutProperties>>;

/** R completions of each of G prompts and what policy gradients need to know of them; row r * G + g. */
export interface GroupRollout {
  readonly samples: Samples;
  /** Shaped rewards: [R G]. */
  readonly scores: readonly number[];
  /** log π_ref of every token, nats, at the sampling temperature: [R G, C]. */
  readonly refLogps: HostTensor;
  /** log π(y|x)/π_ref(y|x) at sampling: the k1 estimate of each completion's KL, nats: [R G]. */
  readonly logRatios: readonly number[];
  /** `objective/kl`, `objective/scores` and their kin, with PPO's meaning; finite. */
  readonly metrics: Readonly<Record<string, number>>;
}

/**
 * Draws groups of completions from the policy and scores them. `reward_std` is the mean over prompts of the
 * standard deviation within a group and `frac_reward_zero_std` the share of groups without any, under TRL's
 * names: groups that say nothing.
 * @param rng of this rollout
 */
export async function drawGroups(
  ctx: RunContext,
  prompts: readonly TokenPrompt[],
  params: Pick<RolloutParams, 'groupSize' | 'temperature'> & ScoreOptions,
  rng: Rng,
): Promise<GroupRollout> {
  const { groupSize, temperature } = params;
  const options = { completionsPerPrompt: groupSize, temperature, rng };
  const samples = await ctx.generate(ctx.policy, prompts, options);
  const { batch, finished, logps } = samples;
  const refLogps = await ctx.reference.tokenLogps(batch, { temperature }); //       [R G, C]
  const scores = shapedScores(await ctx.reward.scores(batch), finished, params); // [R G]
  const reference = completionSums(refLogps); //                                    [R G]
  const logSums = Array.from(completionSums(logps)); //                             [R G]
  const logRatios = logSums.map((logp, i) => logp - reference[i]!); //              [R G]
  const { std } = groupStatistics(scores, prompts.length); //                       [G]
  return {
    samples,
    scores,
    refLogps,
    logRatios,
    metrics: {
      'objective/kl': mean(logRatios),
      'objective/entropy': -mean(logSums),
      'objective/scores': mean(scores),
      reward_std: mean(std),
      frac_reward_zero_std: std.filter((s) => s === 0).length / std.length,
      'completions/mean_length': (mean(batch.mask.data) * batch.mask.data.length) / finished.length,
      'completions/finished_share': finished.filter(Boolean).length / finished.length,
    },
  };
}

/** The mean of each metric over the updates of one rollout, but the last learning rate. */
export function meanMetrics(updates: readonly Readonly<Record<string, number>>[]): Record<string, number> {
  const last = updates.at(-1)!;
  return Object.fromEntries(
    Object.keys(last).map((name) => {
      const total = updates.reduce((sum, metrics) => sum + metrics[name]!, 0);
      return [name, name === 'learning_rate' ? last[name]! : total / updates.length];
    }),
  );
}

const mean = (x: ArrayLike<number>): number => Array.from(x).reduce((sum, v) => sum + v, 0) / x.length;
