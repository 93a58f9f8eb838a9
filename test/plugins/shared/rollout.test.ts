import { describe, expect, test } from 'vitest';
import { completionSums } from '../../../harness/index.js';
import rloo from '../../../plugins/rloo/plugin.js';
import { drawGroups, meanMetrics } from '../../../plugins/shared/rollout.js';
import { bench, erased, toyLanguage } from '../support.js';

describe('drawGroups', () => {
  const options = {
    groupSize: 3,
    temperature: 1,
    missingEos: 'none',
    missingEosPenalty: 1,
    rewardClip: null,
  } as const;
  const world = toyLanguage();
  const prompts = world.prompts.slice(0, 4).map((ids, i) => ({ id: String(i), ids }));
  const draw = (given: Partial<Parameters<typeof drawGroups>[2]> = {}) => {
    const { ctx } = bench(erased(rloo), world);
    return drawGroups(ctx, prompts, { ...options, ...given }, ctx.rng.split('test')).then((rollout) => ({
      ctx,
      ...rollout,
    }));
  };

  test('row r G + g continues prompt g, and every number is of that row', async () => {
    const { ctx, samples, scores, logRatios, refLogps } = await draw();
    expect(samples.prompts.map((p) => p.id)).toEqual([0, 1, 2, 3, 0, 1, 2, 3, 0, 1, 2, 3].map(String));
    expect(scores).toEqual(Array.from(await ctx.reward.scores(samples.batch)));
    const [now, reference] = [completionSums(samples.logps), completionSums(refLogps)];
    logRatios.forEach((x, i) => expect(x).toBeCloseTo(now[i]! - reference[i]!, 9));
  });
  test('metrics by hand', async () => {
    const { samples, scores, logRatios, metrics } = await draw();
    const mean = (x: readonly number[]) => x.reduce((a, b) => a + b, 0) / x.length;
    expect(metrics['objective/scores']).toBeCloseTo(mean(scores), 9);
    expect(metrics['objective/kl']).toBeCloseTo(mean(logRatios), 9);
    expect(metrics['completions/mean_length']).toBeCloseTo(mean(samples.completions.map((c) => c.length)), 6);
    expect(metrics['completions/finished_share']).toBe(mean(samples.finished.map(Number)));
    const deviation = [0, 1, 2, 3].map((g) => {
      const group = [scores[g]!, scores[4 + g]!, scores[8 + g]!];
      return Math.sqrt(group.reduce((sum, r) => sum + (r - mean(group)) ** 2, 0) / 2);
    });
    expect(metrics['reward_std']).toBeCloseTo(mean(deviation), 9);
    expect(metrics['frac_reward_zero_std']).toBe(0);
  });
  test('scores are shaped before anything is made of them', async () => {
    const [plain, clipped] = [await draw(), await draw({ rewardClip: 0.1, missingEos: 'subtract' })];
    clipped.scores.forEach((score, i) => {
      const within = Math.min(0.1, Math.max(-0.1, plain.scores[i]!));
      expect(score).toBeCloseTo(plain.samples.finished[i] ? within : within - 1, 9);
    });
  });
});

test('meanMetrics: the mean over updates, the learning rate of the last', () => {
  const updates = [
    { loss: 1, learning_rate: 0.4 },
    { loss: 2, learning_rate: 0.2 },
  ];
  expect(meanMetrics(updates)).toEqual({ loss: 1.5, learning_rate: 0.2 });
});
