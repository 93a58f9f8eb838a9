import { describe, expect, test } from 'vitest';
import { atEqualKl, type FrontierPoint } from '../../reports/matched.js';

/** gold = slope sqrt(KL) + shift per seed, at these KLs. */
const along = (name: string, slope: number, kls: readonly number[], seeds = 3) => ({
  name,
  curves: new Map(Array.from({ length: seeds }, (_, seed) => [seed, kls.map((kl): FrontierPoint => ({ kl, gold: slope * Math.sqrt(kl) + seed / 10 }))])),
});

describe('at equal KL', () => {
  test('compares where both are: a law in sqrt(KL) is interpolated exactly', () => {
    const found = atEqualKl(along('a', 2, [0, 0.3, 1, 4]), along('b', 1.5, [0, 0.5, 2]))!;
    expect(found.kl).toBeCloseTo(2, 12);
    expect(found.goldDifference!.mean).toBeCloseTo(0.5 * Math.SQRT2, 12);
    expect(found.goldDifference!.n).toBe(3);
    // Seeds' own shifts cancel: paired.
    expect(found.goldDifference!.ci![1] - found.goldDifference!.ci![0]).toBeLessThan(1e-9);
    // The mean of .5 r over r in [0, sqrt 2].
    expect(found.areaDifference!.mean).toBeCloseTo(0.25 * Math.SQRT2, 10);
  });
  test('the one that went further gains nothing by it', () => {
    const same = atEqualKl(along('a', 1, [0, 1, 9]), along('b', 1, [0, 1]))!;
    expect(same.goldDifference!.mean).toBeCloseTo(0, 12);
  });
  test('order of points and repeated KLs do not matter; a negative estimate is 0', () => {
    const a = along('a', 2, [0, 0.3, 1]);
    const shuffled = { name: 'a', curves: new Map([...a.curves].map(([seed, c]) => [seed, [c[2]!, c[0]!, c[1]!, c[1]!, { kl: -1e-3, gold: c[0]!.gold }]])) };
    expect(atEqualKl(shuffled, along('b', 1, [0, 2]))).toEqual(atEqualKl(a, along('b', 1, [0, 2])));
  });
  test('seeds are paired, and only shared ones count', () => {
    const found = atEqualKl(along('a', 2, [0, 1], 5), along('b', 1, [0, 1], 2))!;
    expect(found.goldDifference!.n).toBe(2);
  });
  test('no range in common, one point, or no seed: no comparison', () => {
    expect(atEqualKl(along('a', 1, [2, 3]), along('b', 1, [0, 1]))).toBeNull();
    expect(atEqualKl(along('a', 1, [1]), along('b', 1, [0, 1]))).toBeNull();
    expect(atEqualKl(along('a', 1, [0, 1], 0), along('b', 1, [0, 1]))).toBeNull();
  });
});
