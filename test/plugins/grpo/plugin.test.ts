import { describe, expect, test } from 'vitest';
import { validated } from '../../../harness/config/validate.js';
import grpo from '../../../plugins/grpo/plugin.js';
import { tilted } from '../../../plugins/tilt/tilt.js';
import { bandit, bench, erased, softmax, tableOf, toyLanguage, trainAll, withDefaults } from '../support.js';

const plugin = erased(grpo);
const small = { batchSize: 4, groupSize: 4, iterations: 3 };
const run = (params: Record<string, unknown>, options: Parameters<typeof bench>[2] = {}) =>
  trainAll(plugin, bench(plugin, toyLanguage(), options), withDefaults(grpo, { ...small, ...params }));

/** Where training ends on a table of logits. */
async function ends(reference: number[], rewards: number[], params: Record<string, unknown>) {
  const b = bench(plugin, bandit(reference.length, [], reference), { reward: { score: rewards } });
  const sizes = { iterations: 250, batchSize: 128, learningRate: 0.05, schedule: 'cosine' };
  await trainAll(plugin, b, withDefaults(grpo, { ...sizes, ...params }));
  return softmax(await tableOf(b.policy));
}

/**
 * The optimum of E[r] − β KL(π_ref ‖ π): π(y) = β π_ref(y) / (λ − r(y)), with the λ above every reward at
 * which it sums to 1.
 */
function forwardOptimum(reference: readonly number[], rewards: readonly number[], beta: number): number[] {
  const at = (lambda: number) => reference.map((p, i) => (beta * p) / (lambda - rewards[i]!));
  let [low, high] = [Math.max(...rewards), Math.max(...rewards) + beta];
  for (let i = 0; i < 200; i++) {
    const middle = (low + high) / 2;
    if (at(middle).reduce((a, b) => a + b) > 1) low = middle;
    else high = middle;
  }
  return at(high);
}
const farthest = (a: readonly number[], b: readonly number[]): number =>
  Math.max(...a.map((x, i) => Math.abs(x - b[i]!)));

describe('the fixed point of grpo', () => {
  const logits = [0.5, 0, 0, -1];
  const rewards = [0, 0.5, 1, 2];
  const reference = softmax(logits);
  const [beta, R] = [0.6, 4];
  // The group's mean holds the completion itself: the reward's gradient is (1 − 1/R) of the whole one.
  const effective = (beta * R) / (R - 1);
  const forward = forwardOptimum(reference, rewards, effective);
  const reverse = tilted(reference, rewards, effective).policy;

  // Samples of 512 completions, AdamW with decay: what their noise leaves is below .015.
  test('k3 in the loss: the optimum of E[r] - beta KL(ref ‖ policy), not the tilted reference', async () => {
    expect(farthest(forward, reverse)).toBeGreaterThan(0.06);
    const found = await ends(logits, rewards, { beta, groupSize: R });
    expect(farthest(found, forward)).toBeLessThan(0.015);
  });
  test('corrected: pi_ref exp(r / beta) / Z, at beta R/(R-1)', async () => {
    const found = await ends(logits, rewards, { beta, groupSize: R, klLoss: 'corrected' });
    expect(farthest(found, reverse)).toBeLessThan(0.015);
    expect(farthest(found, tilted(reference, rewards, beta).policy)).toBeGreaterThan(0.03);
  });
  test.each([1, 10])(
    'divided by the deviation, groups of two: p (1 - p) / √2 = beta (p - p_ref), whatever the gap (%d)',
    async (gap) => {
      const [p0, b] = [softmax([0, 0.5])[0]!, 0.5];
      const c = b * Math.SQRT2; // p² + (c − 1) p − c p_ref = 0
      const p = (1 - c + Math.sqrt((1 - c) ** 2 + 4 * c * p0)) / 2;
      const found = await ends([0, 0.5], [gap, 0], { beta: b, groupSize: 2, scaleRewards: 'group' });
      expect(Math.abs(found[0]! - p)).toBeLessThan(0.015);
    },
  );
});

describe('grpo', () => {
  test('yields one record per rollout', async () => {
    const steps = await run({});
    expect(steps).toHaveLength(3);
    expect(Object.keys(steps[0]!).sort()).toEqual([
      'completions/finished_share',
      'completions/mean_length',
      'frac_reward_zero_std',
      'grad_norm',
      'kl',
      'learning_rate',
      'loss',
      'num_tokens',
      'objective/entropy',
      'objective/kl',
      'objective/scores',
      'policy/approxkl_avg',
      'policy/clipfrac_avg',
      'reward_std',
    ]);
    expect(steps[0]!['kl']).toBeCloseTo(0, 5);
    expect(steps[2]!['kl']).toBeGreaterThan(0);
  });
  test('one update a rollout is on-policy: the clip is idle', async () => {
    const narrow = await run({ clip: 0.01, learningRate: 1e-2 });
    for (const s of narrow) expect(s['policy/clipfrac_avg']).toBe(0);
    expect(await run({ clip: 0.5, learningRate: 1e-2 })).toEqual(narrow);
    const [more] = await run({ clip: 0.01, learningRate: 1e-2, updates: 3 });
    expect(more!['policy/clipfrac_avg']).toBeGreaterThan(0);
  });
  test.each([
    ['Dr. GRPO', {}],
    ['the paper', { scaleRewards: 'group', average: 'sequence' }],
    ['tokens', { average: 'token' }],
    ['the KL corrected', { klLoss: 'corrected' }],
  ])('raises a reward on a transformer: %s', async (_, params) => {
    const sizes = { batchSize: 16, iterations: 60, learningRate: 5e-3, beta: 0.01 };
    const steps = await run({ ...sizes, ...params });
    const mean = (from: number, to: number): number =>
      steps.slice(from, to).reduce((sum, s) => sum + s['objective/scores']!, 0) / (to - from);
    expect(mean(50, 60)).toBeGreaterThan(mean(0, 10) + 0.3);
  });
  test('a larger beta holds the policy back', async () => {
    const klAt = async (beta: number): Promise<number> => {
      const steps = await run({ batchSize: 16, iterations: 60, learningRate: 5e-3, beta });
      return steps.slice(-10).reduce((sum, s) => sum + s['objective/kl']!, 0) / 10;
    };
    expect(await klAt(1)).toBeLessThan(0.5 * (await klAt(0.02)));
  });
  test('averaged by sequence, the first loss is 0 and checked in every run', async () => {
    const [first] = await run({ average: 'sequence' });
    expect(first!['loss']).toBeCloseTo(0, 5);
    expect(plugin.checks!.atStart!({ average: 'sequence' })).toEqual({ loss: 0, kl: 0, 'objective/kl': 0 });
    expect(plugin.checks!.atStart!({ average: 'constant' })).toEqual({ kl: 0, 'objective/kl': 0 });
  });
  test('same seed, same numbers', async () => expect(await run({})).toEqual(await run({})));
  test('a group of one is refused: it has no others', () =>
    expect(() => validated(plugin.params, { groupSize: 1 }, 'grpo')).toThrow(/groupSize.*2/));
});
