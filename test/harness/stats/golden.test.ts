import { describe, expect, test } from 'vitest';
import {
  interquartileMean,
  optimalityGap,
  probabilityOfImprovement,
} from '../../../harness/stats/aggregate.js';
import { holm } from '../../../harness/stats/correction.js';
import { twoOneSidedTests } from '../../../harness/stats/equivalence.js';
import { atEqualLength } from '../../../harness/stats/length-control.js';
import { wilson } from '../../../harness/stats/proportion.js';
import { golden } from '../../golden/support.js';

interface Statistics {
  readonly x: number[][];
  readonly y: number[][];
  readonly differences: number[];
  readonly lengths: number[];
  readonly pValues: number[];
  readonly iqm: { x: number; y: number };
  readonly optimalityGap: { x: number; y: number };
  readonly probabilityOfImprovement: number;
  readonly wilson: [number, number, number, number][];
  readonly tost: Record<string, { p: number; ci: [number, number] }>;
  readonly holm: number[];
  readonly lengthControl: { difference: number; perToken: number };
}
const want = golden<Statistics>('statistics.json');

describe('against scipy and statsmodels (test/peers/make_statistics.py)', () => {
  test('interquartile mean', () => {
    expect(interquartileMean(want.x)).toBeCloseTo(want.iqm.x, 10);
    expect(interquartileMean(want.y)).toBeCloseTo(want.iqm.y, 10);
  });
  test('optimality gap', () => {
    expect(optimalityGap(want.x)).toBeCloseTo(want.optimalityGap.x, 10);
    expect(optimalityGap(want.y)).toBeCloseTo(want.optimalityGap.y, 10);
  });
  test('probability of improvement, with a tie', () => {
    expect(probabilityOfImprovement(want.x, want.y)).toBeCloseTo(want.probabilityOfImprovement, 10);
    expect(probabilityOfImprovement(want.y, want.x)).toBeCloseTo(1 - want.probabilityOfImprovement, 10);
  });
  test.each(want.wilson)('Wilson: %d of %d', (k, n, lo, hi) => {
    expect(wilson(k, n)[0]).toBeCloseTo(lo, 8);
    expect(wilson(k, n)[1]).toBeCloseTo(hi, 8);
  });
  test.each(Object.entries(want.tost))('equivalence within %s', (margin, { p, ci }) => {
    const got = twoOneSidedTests(want.differences, Number(margin));
    expect(got.p).toBeCloseTo(p, 6);
    expect(got.ci[0]).toBeCloseTo(ci[0], 8);
    expect(got.ci[1]).toBeCloseTo(ci[1], 8);
    expect(got.equivalent).toBe(p < 0.05);
  });
  test('Holm', () => holm(want.pValues).forEach((p, i) => expect(p).toBeCloseTo(want.holm[i]!, 12)));
  test('a difference at equal length', () => {
    const got = atEqualLength(want.differences, want.lengths);
    expect(got.difference).toBeCloseTo(want.lengthControl.difference, 10);
    expect(got.perToken).toBeCloseTo(want.lengthControl.perToken, 10);
  });
});

describe('by hand', () => {
  test('an outlier moves the mean, not the interquartile mean', () => {
    expect(
      interquartileMean([
        [1, 2, 3, 4],
        [5, 6, 7, 1000],
      ]),
    ).toBe(4.5);
    expect(interquartileMean([[1, 2, 3]])).toBe(2); // fewer than four: nothing is cut
  });
  test('no spread at all', () => {
    expect(twoOneSidedTests([0.1, 0.1], 0.2)).toMatchObject({ equivalent: true, p: 0 });
    expect(atEqualLength([1, 3], [2, 2])).toEqual({ difference: 2, perToken: 0 });
  });
  test('refuse what means nothing', () => {
    expect(() => twoOneSidedTests([1], 1)).toThrow(RangeError);
    expect(() => twoOneSidedTests([1, 2], 0)).toThrow(RangeError);
    expect(() => probabilityOfImprovement([[1]], [])).toThrow(RangeError);
    expect(() => atEqualLength([1], [1])).toThrow(RangeError);
  });
});
