import { describe, expect, test } from 'vitest';
import { Rng } from '../../../harness/index.js';
import { studentQuantile } from '../../../harness/stats/distributions.js';
import { mean, standardError } from '../../../harness/stats/moments.js';
import { seedBootstrap } from '../../../harness/stats/seed-bootstrap.js';

describe('bootstrap over seeds', () => {
  const values = (n: number): Float64Array => {
    const rng = Rng.fromSeed('seeds');
    return Float64Array.from({ length: n }, () => rng.normal());
  };
  const meanOf = (x: Float64Array) => (seeds: Uint32Array) => [mean(Array.from(seeds, (s) => x[s]!))];
  test.each([5, 20])("of a mean is Student's interval: %d seeds", (n) => {
    const x = values(n);
    const [lo, hi] = seedBootstrap([x], n, meanOf(x))[0]!;
    const half = studentQuantile(0.975, n - 1) * standardError(x);
    // 2,000 draws: a standard deviation is known to 1.6 %, a percentile of 20 seeds to some 5 %.
    expect((hi - lo) / (2 * half)).toBeGreaterThan(0.9);
    expect((hi - lo) / (2 * half)).toBeLessThan(1.1);
  });
  test('the same numbers, the same interval; one seed, none', () => {
    expect(seedBootstrap([values(12)], 12, meanOf(values(12)))).toEqual(
      seedBootstrap([values(12)], 12, meanOf(values(12))),
    );
    expect(seedBootstrap([values(1)], 1, meanOf(values(1)))).toEqual([null]);
  });
});
