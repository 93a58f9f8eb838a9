import { describe, expect, test } from 'vitest';
import { welch } from '../../../harness/stats/welch.js';

describe('welch', () => {
  test('by hand: variances 1 and 4 over 3 each', () => {
    // difference 4, se^2 = 1/3 + 4/3, t = 4 / sqrt(5/3) = 3.0984; df = (5/3)^2 / ((1/9 + 16/9) / 2) = 50/17
    const found = welch([1, 2, 3], [4, 6, 8])!;
    expect(found.difference).toBe(4);
    expect(found.df).toBeCloseTo(50 / 17, 12);
    expect((found.ci[0] + found.ci[1]) / 2).toBeCloseTo(4, 12);
    expect(found.p).toBeGreaterThan(0.05);
    expect(found.p).toBeLessThan(0.06);
    expect(found.ci[0]).toBeLessThan(0);
  });
  test('one value on a side has no spread', () => expect(welch([1], [2, 3])).toBeNull());
  test('no spread at all', () =>
    expect([welch([1, 1], [1, 1])!.p, welch([1, 1], [2, 2])!.p]).toEqual([1, 0]));
});
