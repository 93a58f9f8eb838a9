import { describe, expect, test } from 'vitest';
import { validated } from '../../../harness/config/validate.js';
import rloo from '../../../plugins/rloo/plugin.js';
import { tilted } from '../../../plugins/tilt/tilt.js';
import { bandit, bench, erased, softmax, tableOf, toyLanguage, trainAll, withDefaults } from '../support.js';

const plugin = erased(rloo);
const small = { batchSize: 4, groupSize: 4, iterations: 3 };
const run = (params: Record<string, unknown>, options: Parameters<typeof bench>[2] = {}) =>
  trainAll(plugin, bench(plugin, toyLanguage(), options), withDefaults(rloo, { ...small, ...params }));

describe('rloo', () => {
  test.each([
    ['two arms, beta .5', [0.5, 0], [0, 1], 0.5, 2],
    ['two arms, beta .25, groups of 4', [0, 1], [0.5, 0], 0.25, 4],
    ['four arms, beta 1', [0.5, 0, 0, -1], [0, 0.5, 1, 2], 1, 4],
  ])('%s: the fixed point is pi_ref exp(r / beta) / Z', async (_, reference, rewards, beta, groupSize) => {
    const b = bench(plugin, bandit(reference.length, [], reference), { reward: { score: rewards } });
    const sizes = { iterations: 250, batchSize: 64, groupSize, learningRate: 0.05, schedule: 'cosine' };
    await trainAll(plugin, b, withDefaults(rloo, { ...sizes, beta }));
    const found = softmax(await tableOf(b.policy));
    // At the optimum every advantage is 0, so that no noise is left there: what remains is AdamW's tail.
    const optimum = tilted(softmax(reference), rewards, beta).policy;
    optimum.forEach((p, i) => expect(Math.abs(found[i]! - p)).toBeLessThan(2e-3));
  });

  test('yields one record per rollout under the names that PPO uses', async () => {
    const steps = await run({});
    expect(steps).toHaveLength(3);
    expect(Object.keys(steps[0]!).sort()).toEqual([
      'completions/finished_share',
      'completions/mean_length',
      'frac_reward_zero_std',
      'grad_norm',
      'learning_rate',
      'loss',
      'num_tokens',
      'objective/entropy',
      'objective/kl',
      'objective/non_score_reward',
      'objective/rlhf_reward',
      'objective/scores',
      'policy/approxkl_avg',
      'policy/clipfrac_avg',
      'reward_std',
      'val/ratio',
    ]);
    expect(steps[0]!['objective/kl']).toBeCloseTo(0, 4);
    expect(steps[2]!['objective/kl']).not.toBeCloseTo(0, 4);
    for (const s of steps) {
      expect(s['objective/rlhf_reward']).toBeCloseTo(
        s['objective/scores']! + s['objective/non_score_reward']!,
        6,
      );
    }
    expect(steps[2]!['num_tokens']).toBeGreaterThan(steps[0]!['num_tokens']!);
  });
  test('one update a rollout is on-policy: ratio 1, nothing clipped, whatever the clip', async () => {
    const narrow = await run({ clip: 0.01, learningRate: 1e-2 });
    for (const s of narrow) {
      expect(s['val/ratio']).toBeCloseTo(1, 4);
      expect(s['policy/clipfrac_avg']).toBe(0);
      expect(s['loss']).toBeCloseTo(0, 4);
    }
    expect(await run({ clip: 0.5, learningRate: 1e-2 })).toEqual(narrow);
  });
  test('further updates on the same rollout move the ratio', async () => {
    const steps = await run({ updates: 4, learningRate: 1e-2 });
    expect(steps).toHaveLength(3);
    expect(Math.abs(steps[0]!['val/ratio']! - 1)).toBeGreaterThan(1e-3);
    expect(steps[0]!['policy/approxkl_avg']).toBeGreaterThan(1e-5);
  });
  test('raises a reward on a transformer', async () => {
    const steps = await run({ batchSize: 16, iterations: 60, learningRate: 5e-3, beta: 0.01 });
    const mean = (from: number, to: number): number =>
      steps.slice(from, to).reduce((sum, s) => sum + s['objective/scores']!, 0) / (to - from);
    expect(mean(50, 60)).toBeGreaterThan(mean(0, 10) + 0.3);
  });
  test('a larger beta holds the policy back', async () => {
    const klAt = async (beta: number): Promise<number> => {
      const steps = await run({ batchSize: 16, iterations: 60, learningRate: 5e-3, beta });
      return steps.slice(-10).reduce((sum, s) => sum + s['objective/kl']!, 0) / 10;
    };
    expect(await klAt(1)).toBeLessThan(0.5 * (await klAt(0.05)));
  });
  test('completions without an end token as in PPO, scores clipped first', async () => {
    const [kept] = await run({ iterations: 1 });
    const [replaced] = await run({ iterations: 1, missingEos: 'replace', missingEosPenalty: 50 });
    const share = kept!['completions/finished_share']!;
    expect(share).toBeLessThan(1);
    expect(replaced!['objective/scores']).toBeLessThan(kept!['objective/scores']! - 40 * (1 - share));
    const [clipped] = await run({ iterations: 1, rewardClip: 1e-3 });
    expect(Math.abs(clipped!['objective/scores']!)).toBeLessThanOrEqual(1e-3);
  });
  test('groups that say nothing are counted: equal rewards teach nothing', async () => {
    const b = bench(plugin, bandit(2, [], [0.3, 0]), { reward: { score: [1, 1] } });
    const [first] = await trainAll(plugin, b, withDefaults(rloo, { ...small, iterations: 1 }));
    expect([first!['frac_reward_zero_std'], first!['reward_std']]).toEqual([1, 0]);
    expect(first!['grad_norm']).toBeCloseTo(0, 6);
  });
  test('same seed, same numbers', async () => expect(await run({})).toEqual(await run({})));
  test('a group of one is refused: it has no others', () =>
    expect(() => validated(plugin.params, { groupSize: 1 }, 'rloo')).toThrow(/groupSize.*2/));
});
