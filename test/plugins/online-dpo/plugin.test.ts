import { describe, expect, test } from 'vitest';
import onlineDpo from '../../../plugins/online-dpo/plugin.js';
import { bandit, bench, erased, tableOf, toyLanguage, trainAll, withDefaults } from '../support.js';

const plugin = erased(onlineDpo);

describe('online-dpo', () => {
  test('three arms: mass moves to what the reward puts first', async () => {
    const b = bench(plugin, bandit(3, [], [0, 0, 0]), { reward: { score: [0, 1, 2] } });
    const steps = await trainAll(
      plugin,
      b,
      withDefaults(onlineDpo, { beta: 0.5, batchSize: 64, iterations: 60, learningRate: 0.03 }),
    );
    const [a, c, d] = await tableOf(b.policy);
    for (const other of [a!, c!]) expect(d!).toBeGreaterThan(other + 1);
    expect(steps.at(-1)!['objective/scores']!).toBeGreaterThan(steps[0]!['objective/scores']! + 0.3);
  });
  test('a reward that likes everything the same teaches next to nothing: ties go by chance', async () => {
    const b = bench(plugin, bandit(2, [], [0, 0]), { reward: { score: [1, 1] } });
    await trainAll(
      plugin,
      b,
      withDefaults(onlineDpo, { beta: 0.5, batchSize: 256, iterations: 60, learningRate: 0.03 }),
    );
    const [a, c] = await tableOf(b.policy);
    // AdamW moves by its learning rate whatever the gradient's size, so chance leaves a random walk of a few
    // rates.
    expect(Math.abs(a! - c!)).toBeLessThan(0.5);
  });
  test('drawn labels end where RL does, at r/beta, whatever the reward is normalised by', async () => {
    const params = {
      beta: 0.5,
      labels: 'drawn',
      batchSize: 256,
      iterations: 250,
      learningRate: 0.05,
      schedule: 'cosine',
    };
    const gaps: number[] = [];
    for (const normalisation of [null, { mean: 0.5, std: 4 }]) {
      const b = bench(plugin, bandit(2, [], [0, 0]), { reward: { score: [1, 0] } });
      if (normalisation !== null) b.ctx.reward.setNormalisation(normalisation);
      await trainAll(plugin, b, withDefaults(onlineDpo, params));
      const [a, c] = await tableOf(b.policy);
      gaps.push(a! - c!);
    }
    // The gap is 1/beta = 2; argmax labels would drive it on without end.
    for (const gap of gaps) expect(Math.abs(gap - 2)).toBeLessThan(0.25);
    expect(gaps[1]!).toBeCloseTo(gaps[0]!, 3);
  });
  test('logs TRL metrics, starting at log 2, and counts the tokens it draws', async () => {
    const [first, second] = await trainAll(
      plugin,
      bench(plugin, toyLanguage()),
      withDefaults(onlineDpo, { batchSize: 8, iterations: 2 }),
    );
    expect(Object.keys(first!).sort()).toEqual([
      'grad_norm',
      'learning_rate',
      'logps/chosen',
      'logps/rejected',
      'loss',
      'num_tokens',
      'objective/scores',
      'rewards/accuracies',
      'rewards/chosen',
      'rewards/margins',
      'rewards/rejected',
    ]);
    expect(first!['loss']).toBeCloseTo(Math.LN2, 5);
    expect(first!['rewards/margins']).toBeCloseTo(0, 5);
    expect(second!['num_tokens']!).toBeGreaterThan(first!['num_tokens']!);
  });
});
