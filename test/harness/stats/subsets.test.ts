import { describe, expect, test } from 'vitest';
import { expectedBestOf } from '../../../harness/stats/subsets.js';

describe('best of k configurations, exactly', () => {
  test('by hand: of 4, 2 drawn; the order is the proxy and the value is gold', () => {
    // Pairs of (1, 2, 4, 8): best is 2, 4, 8, 4, 8, 8.
    expect(expectedBestOf([1, 2, 4, 8], 2)).toBeCloseTo(34 / 6, 12);
    // A proxy that is wrong: the last in order is worth least.
    expect(expectedBestOf([8, 4, 2, 1], 2)).toBeCloseTo((4 + 2 + 1 + 2 + 1 + 1) / 6, 12);
  });
  test('limits: one drawn is the mean, all drawn is the last', () => {
    expect(expectedBestOf([3, 5, 1], 1)).toBeCloseTo(3, 12);
    expect(expectedBestOf([3, 5, 1], 3)).toBe(1);
    expect(expectedBestOf([7], 1)).toBe(7);
    expect(() => expectedBestOf([1, 2], 3)).toThrow('1 to 2');
  });
});
