import { describe, expect, test } from 'vitest';
import ipo from '../../../plugins/ipo/plugin.js';
import { bandit, bench, erased, tableOf, toyLanguage, trainAll, withDefaults } from '../support.js';

const plugin = erased(ipo);

describe('ipo', () => {
  test('two arms, win frequency .8: the gap is (p - 1/2) / tau, whatever the reference', async () => {
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
        [0.3, -0.2],
      ),
    );
    await trainAll(
      plugin,
      b,
      withDefaults(ipo, { beta: 0.2, batchSize: 5, epochs: 400, learningRate: 0.1, maxGradNorm: null }),
    );
    const [a, c] = await tableOf(b.policy);
    expect(a! - c! - 0.5).toBeCloseTo(0.3 / 0.2, 3);
  });
  test('three arms, certain pairs a > b > c and a > c: least squares on the graph', async () => {
    // s = c L^+ (wins - losses) = (1 / 2 tau) (2, 0, -2) / 3, softmax: .561 on a at tau .5.
    const b = bench(
      plugin,
      bandit(3, [
        [0, 1],
        [1, 2],
        [0, 2],
      ]),
    );
    await trainAll(
      plugin,
      b,
      withDefaults(ipo, { beta: 0.5, batchSize: 3, epochs: 400, learningRate: 0.05, maxGradNorm: null }),
    );
    const e = (await tableOf(b.policy)).map(Math.exp);
    expect(e[0]! / (e[0]! + e[1]! + e[2]!)).toBeCloseTo(0.563, 3);
  });
  test('starts at 1/(4 tau^2), with sums and with length averages, which then differ', async () => {
    const run = (logps: string) =>
      trainAll(plugin, bench(plugin, toyLanguage()), withDefaults(ipo, { batchSize: 16, epochs: 1, logps }));
    const [sums, means] = [await run('sum'), await run('mean')];
    expect(sums[0]!['loss']).toBeCloseTo(25, 3);
    expect(means[0]!['loss']).toBeCloseTo(25, 3);
    expect(sums[0]!['grad_norm']!).toBeGreaterThan(1.2 * means[0]!['grad_norm']!);
    expect(sums[0]!['logps/chosen']).toBeCloseTo(means[0]!['logps/chosen']!, 5); // logged as sums either way
  });
});
