import { describe, expect, test } from 'vitest';
import { seedInterval } from '../../../harness/stats/interval.js';
import { seedTest } from '../../../harness/stats/seed-test.js';

describe('seedTest', () => {
  const seeds = (...values: number[][]): Float64Array[] => values.map((v) => Float64Array.from(v));
  test('differences 1, 2, 3: t = 2 sqrt(3), two degrees of freedom', () =>
    expect(seedTest(seeds([1], [2], [3]))).toBeCloseTo(0.0742, 4)); // closed form 1 - sqrt(12/14)
  test('agrees with the interval about 0 at 5 %', () => {
    for (const shift of [-1.5, -0.9, 0, 0.4, 1.2, 2.6]) {
      const values = seeds(
        [shift, shift + 1, shift - 1],
        [shift + 0.5, shift],
        [shift - 0.6, shift + 0.3, shift],
      );
      const [lo, hi] = seedInterval(values)!.ci!;
      expect(seedTest(values)! < 0.05).toBe(lo > 0 || hi < 0);
    }
  });
  test('seeds that agree by luck are no surer than their prompts', () =>
    expect(seedTest(seeds([-9, 11], [11, -9]))).toBeGreaterThan(0.5));
  test('one seed: its prompts; one number: nothing', () =>
    expect([seedTest(seeds([1, 1.1, 0.9]))! < 0.01, seedTest(seeds([1])), seedTest([])]).toEqual([
      true,
      null,
      null,
    ]));
});
