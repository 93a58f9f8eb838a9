import { describe, expect, test } from 'vitest';
import ppo from '../../../plugins/ppo-rlhf/plugin.js';
import { bandit, bench, erased, tableOf, toyLanguage, trainAll, withDefaults } from '../support.js';

const plugin = erased(ppo);
const small = { batchSize: 16, iterations: 3, epochs: 2, minibatches: 2 };
const run = (params: Record<string, unknown>, options: Parameters<typeof bench>[2] = {}) =>
  trainAll(plugin, bench(plugin, toyLanguage(), options), withDefaults(ppo, { ...small, ...params }));

describe('ppo-rlhf', () => {
  test('three arms: finds pi_ref exp(r / beta) / Z', async () => {
    const rewards = [0, 0.5, 1];
    const beta = 0.5;
    const reference = [0.5, 0, 0];
    const b = bench(plugin, bandit(3, [], reference), { reward: { score: rewards } });
    await trainAll(
      plugin,
      b,
      withDefaults(ppo, {
        iterations: 250,
        batchSize: 1024,
        epochs: 1,
        temperature: 1,
        klCoefficient: beta,
        advantages: 'raw',
        learningRate: 0.03,
        missingEos: 'none',
      }),
    );
    const softmax = (xs: number[]): number[] =>
      xs.map((x) => Math.exp(x) / xs.reduce((sum, y) => sum + Math.exp(y), 0));
    const optimum = softmax(reference.map((x, i) => x + rewards[i]! / beta));
    const found = softmax(await tableOf(b.policy));
    // AdamW, linear decay to 0 over 250 steps of 1,024 samples: what sampling leaves is below .01.
    optimum.forEach((p, i) => expect(Math.abs(found[i]! - p)).toBeLessThan(0.01));
  });

  test('yields one record per iteration with TRL metric names', async () => {
    const steps = await run({});
    expect(steps).toHaveLength(3);
    expect(Object.keys(steps[0]!).sort()).toEqual([
      'completions/finished_share',
      'completions/mean_length',
      'grad_norm',
      'learning_rate',
      'loss',
      'loss/policy_avg',
      'loss/value_avg',
      'objective/entropy',
      'objective/kl',
      'objective/kl_coefficient',
      'objective/non_score_reward',
      'objective/rlhf_reward',
      'objective/scores',
      'policy/approxkl_avg',
      'policy/clipfrac_avg',
      'val/clipfrac_avg',
      'val/explained_variance',
      'val/ratio',
    ]);
    // The policy starts as the reference: no KL, and rollout log-probabilities equal those of the forward
    // pass.
    expect(steps[0]!['objective/kl']).toBeCloseTo(0, 4);
    expect(steps[0]!['objective/rlhf_reward']).toBeCloseTo(
      steps[0]!['objective/scores']! + steps[0]!['objective/non_score_reward']!,
      6,
    );
    expect(steps[2]!['objective/kl']).not.toBeCloseTo(0, 4);
  });

  test('the first update of an on-policy rollout has ratio 1 and clips nothing', async () => {
    const [first] = await run({ iterations: 1, epochs: 1, minibatches: 1 });
    expect(first!['val/ratio']).toBeCloseTo(1, 4);
    expect(first!['policy/clipfrac_avg']).toBe(0);
    expect(first!['policy/approxkl_avg']).toBeCloseTo(0, 6);
    expect(first!['loss/policy_avg']).toBeCloseTo(0, 4); // whitened advantages have mean 0
  });

  test.each(['head', 'separate'])('raises the score of a learned-like reward, value %s', async (value) => {
    const steps = await run({
      iterations: 25,
      batchSize: 32,
      epochs: 4,
      learningRate: 5e-3,
      value,
      missingEos: 'none',
      klCoefficient: 0.01,
    });
    const mean = (from: number, to: number): number =>
      steps.slice(from, to).reduce((sum, s) => sum + s['objective/scores']!, 0) / (to - from);
    expect(mean(20, 25)).toBeGreaterThan(mean(0, 5) + 0.3);
  });

  test('explained variance: 0 for the zero head, above it once values are learned', async () => {
    // A policy that a large KL coefficient keeps in place, so that there is one value function to learn.
    const held = { klCoefficient: 1, valueCoefficient: 1, valueClip: 10, missingEos: 'none' };
    const steps = await run({ ...held, iterations: 60, batchSize: 64, learningRate: 5e-3 });
    expect(steps[0]!['val/explained_variance']).toBe(0);
    const late = steps.slice(-10).map((s) => s['val/explained_variance']!);
    expect(late.reduce((a, b) => a + b, 0) / late.length).toBeGreaterThan(0.2);
  });
  test('explained variance is left out where returns do not vary', async () => {
    const world = bandit(2, [], [0, 0]);
    const b = bench(plugin, world, { reward: { score: [1, 1] } });
    const params = withDefaults(ppo, { ...small, minibatches: 1, klCoefficient: 0, missingEos: 'none' });
    const steps = await trainAll(plugin, b, params);
    expect(steps[0]).not.toHaveProperty(['val/explained_variance']);
  });

  test('same seed, same numbers', async () => expect(await run({})).toEqual(await run({})));

  test('rank: the trajectory is blind to an increasing change of the reward, the KL in it', async () => {
    const rank = (rescale: (r: number) => number) =>
      run({ advantages: 'rank', klCoefficient: 0.2, iterations: 4 }, { rescale });
    const withoutScores = (steps: Readonly<Record<string, number>>[]) =>
      steps.map(({ 'objective/scores': _, 'objective/rlhf_reward': __, ...rest }) => rest);
    const plain = withoutScores(await rank((r) => r));
    expect(withoutScores(await rank((r) => 100 * r + 3))).toEqual(plain);
    expect(withoutScores(await rank((r) => Math.sinh(r)))).toEqual(plain);
    expect(withoutScores(await rank((r) => -r))).not.toEqual(plain);
    const whitened = (rescale: (r: number) => number) =>
      run({ klCoefficient: 0.2, iterations: 4 }, { rescale });
    expect(withoutScores(await whitened((r) => 100 * r))).not.toEqual(
      withoutScores(await whitened((r) => r)),
    );
  });

  test('an adaptive coefficient follows the KL and is what the next iteration uses', async () => {
    const steps = await run({
      klController: 'adaptive',
      klCoefficient: 0.1,
      klTarget: 100,
      klHorizon: 1000,
      iterations: 3,
    });
    const shrink = 1 - 0.2 * (16 / 1000); // far below the target: the error is clipped at -.2
    steps.forEach((s, i) => expect(s['objective/kl_coefficient']).toBeCloseTo(0.1 * shrink ** i, 10));
  });

  test('refuses parameters that contradict each other', async () => {
    await expect(run({ minibatches: 3 })).rejects.toThrow(
      'ppo-rlhf: batchSize 16 does not divide into 3 equal minibatches; make it a multiple',
    );
    await expect(run({ advantages: 'rank', rewardClip: 5 })).rejects.toThrow(
      /'rank' with rewardClip 5.*set rewardClip to null/,
    );
    await expect(run({ advantages: 'rank', missingEos: 'subtract' })).rejects.toThrow(
      /'rank' with missingEos 'subtract'.*use 'replace'/,
    );
  });
});
