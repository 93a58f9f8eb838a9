import { describe, expect, test } from 'vitest';
import { wilson, winRate } from '../../../harness/stats/proportion.js';
import { softWins, wins } from '../../../harness/metrics/win-rate.js';

describe('proportions', () => {
  test("Wilson's interval: 8 of 10 (R's prop.test without continuity correction)", () => {
    const [lo, hi] = wilson(8, 10);
    expect(lo).toBeCloseTo(0.490162, 6);
    expect(hi).toBeCloseTo(0.943318, 6);
  });
  test('stays inside [0, 1] and has width at the ends', () => {
    expect(wilson(0, 10)[0]).toBe(0);
    expect(wilson(0, 10)[1]).toBeCloseTo(0.2775, 4);
    expect(wilson(10, 10)[1]).toBe(1);
  });
  test('refuses impossible counts', () => expect(() => wilson(11, 10)).toThrow(RangeError));
  test('a tie is half a win to each side, with its standard error', () => {
    const { rate, se } = winRate(6, 2, 2);
    expect(rate).toBeCloseTo(0.7, 12);
    expect(se).toBeCloseTo(Math.sqrt((0.6 + 0.2 - 0.16) / 10) / 2, 12);
  });
  test('hard and soft wins of paired rewards', () => {
    expect([...wins([1, 2, 3], [0, 2, 5])]).toEqual([1, 0.5, 0]);
    expect([...softWins([1, 2], [0, 2])]).toEqual([expect.closeTo(1 / (1 + Math.exp(-1)), 12), 0.5]);
  });
});
