import { describe, expect, test } from 'vitest';
import { mean, standardDeviation, standardError, variance } from '../../../harness/stats/moments.js';

describe('moments', () => {
  const x = [2, 4, 4, 4, 5, 5, 7, 9];
  test('by hand', () => {
    expect(mean(x)).toBe(5);
    expect(variance(x)).toBeCloseTo(32 / 7, 12);
    expect(standardDeviation(x)).toBeCloseTo(Math.sqrt(32 / 7), 12);
    expect(standardError(x)).toBeCloseTo(Math.sqrt(32 / 7 / 8), 12);
  });
  test('too few values are NaN, not 0', () =>
    expect([mean([]), variance([1]), standardError([1])]).toEqual([Number.NaN, Number.NaN, Number.NaN]));
});
