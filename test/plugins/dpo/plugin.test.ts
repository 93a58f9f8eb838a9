import { describe, expect, test } from 'vitest';
import dpo from '../../../plugins/dpo/plugin.js';
import { bandit, bench, erased, tableOf, toyLanguage, trainAll, withDefaults } from '../support.js';

const plugin = erased(dpo);

describe('dpo', () => {
  test('two arms, win frequency .8: the gap is logit(p) / beta, whatever the reference', async () => {
    const reference = [0.3, -0.2];
    const b = bench(
      plugin,
      bandit(
        2,
        [
          [0, 1],
          [0, 1],
          [0, 1],
          [0, 1],
          [1, 0],
        ],
        reference,
      ),
    );
    await trainAll(
      plugin,
      b,
      withDefaults(dpo, { beta: 0.5, batchSize: 5, epochs: 400, learningRate: 0.1, maxGradNorm: null }),
    );
    const [a, c] = await tableOf(b.policy);
    expect(a! - c! - 0.5).toBeCloseTo(Math.log(4) / 0.5, 3);
  });
  test('logs TRL metrics, starting at log 2', async () => {
    const [first, second] = await trainAll(
      plugin,
      bench(plugin, toyLanguage()),
      withDefaults(dpo, { batchSize: 8, epochs: 1 }),
    );
    expect(Object.keys(first!).sort()).toEqual([
      'grad_norm',
      'learning_rate',
      'logps/chosen',
      'logps/rejected',
      'loss',
      'num_tokens',
      'rewards/accuracies',
      'rewards/chosen',
      'rewards/margins',
      'rewards/rejected',
    ]);
    expect(first!['loss']).toBeCloseTo(Math.LN2, 5);
    expect(first!['rewards/margins']).toBeCloseTo(0, 5);
    expect(second!['num_tokens']!).toBeGreaterThan(first!['num_tokens']!);
  });
  test('learns the pairs', async () => {
    const steps = await trainAll(
      plugin,
      bench(plugin, toyLanguage()),
      withDefaults(dpo, { beta: 0.5, batchSize: 16, epochs: 10, learningRate: 3e-3 }),
    );
    expect(steps.at(-1)!['loss']!).toBeLessThan(0.4);
    expect(steps.at(-1)!['rewards/accuracies']!).toBeGreaterThan(0.9);
  });
});
