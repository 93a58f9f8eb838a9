import { describe, expect, test } from 'vitest';
import sft from '../../../plugins/sft/plugin.js';
import { bandit, bench, erased, tableOf, toyLanguage, trainAll, withDefaults } from '../support.js';

const plugin = erased(sft);

describe('sft', () => {
  test('a table becomes the empirical frequencies', async () => {
    const b = bench(
      plugin,
      bandit(3, [
        [0, 1],
        [0, 1],
        [0, 1],
        [1, 2],
        [1, 2],
        [2, 0],
      ]),
    );
    await trainAll(plugin, b, withDefaults(sft, { batchSize: 6, epochs: 400, learningRate: 0.05 }));
    const e = (await tableOf(b.policy)).map(Math.exp);
    const total = e.reduce((x, y) => x + y);
    [3 / 6, 2 / 6, 1 / 6].forEach((p, i) => expect(e[i]! / total).toBeCloseTo(p, 3));
  });
  test.each(['token', 'sequence'])('learns, average %s', async (average) => {
    const steps = await trainAll(
      plugin,
      bench(plugin, toyLanguage()),
      withDefaults(sft, { batchSize: 16, epochs: 10, learningRate: 3e-3, average }),
    );
    expect(steps[0]!['loss']).toBeCloseTo(Math.log(8), 1);
    expect(steps.at(-1)!['loss']!).toBeLessThan(1.6);
    expect(Object.keys(steps[0]!).sort()).toEqual(['grad_norm', 'learning_rate', 'loss', 'num_tokens']);
  });
  test('num_tokens counts prompts and completions without padding', async () => {
    const world = toyLanguage();
    const steps = await trainAll(
      plugin,
      bench(plugin, world),
      withDefaults(sft, { batchSize: 48, epochs: 2 }),
    );
    const once = world.completions!.reduce((n, r) => n + r.prompt.length + r.completion.length, 0);
    expect(steps.map((s) => s['num_tokens'])).toEqual([once, 2 * once]);
  });
});
