import { describe, expect, test } from 'vitest';
import { matchedKl } from '../../reports/matched.js';
import { along, family } from './families.js';

describe('at equal KL', () => {
  test('compares where both are: a law in sqrt(KL) is interpolated exactly', () => {
    const [found] = matchedKl([along('a', 2, [0, 0.3, 1, 4]), along('b', 1.5, [0, 0.5, 2])], 0.1);
    expect(found!.kl).toBeCloseTo(2, 12);
    expect(found!.goldDifference!.mean).toBeCloseTo(0.5 * Math.SQRT2, 12);
    expect(found!.winRateDifference!.mean).toBeCloseTo(0.05 * Math.SQRT2, 12);
    expect(found!.goldDifference!.n).toBe(3);
    // Seeds' own shifts cancel: paired.
    expect(found!.goldDifference!.ci![1] - found!.goldDifference!.ci![0]).toBeLessThan(1e-9);
    // The mean of .5 r over r in [0, sqrt 2].
    expect(found!.areaDifference!.mean).toBeCloseTo(0.25 * Math.SQRT2, 10);
    for (const { kl, goldDifference } of found!.curve) expect(goldDifference.mean).toBeCloseTo(0.5 * Math.sqrt(kl), 10);
    expect(found!.curve.at(-1)!.kl).toBeCloseTo(2, 12);
  });
  test('a and b the other way round turn every sign', () => {
    const [a, b] = [along('a', 2, [0, 1]), along('b', 1, [0, 2])];
    const [[one], [other]] = [matchedKl([a, b], 0.1), matchedKl([b, a], 0.1)];
    expect(other!.goldDifference!.mean).toBeCloseTo(-one!.goldDifference!.mean, 12);
    expect(other!.areaDifference!.mean).toBeCloseTo(-one!.areaDifference!.mean, 12);
    expect(other!.adjustedP).toBe(one!.adjustedP);
  });
  test('the one that went further gains nothing by it; equal ones match within a margin', () => {
    const [same] = matchedKl([along('a', 1, [0, 1, 9]), along('b', 1, [0, 1])], 0.05);
    expect(same!.goldDifference!.mean).toBeCloseTo(0, 12);
    expect(same!.match).toMatchObject({ margin: 0.05, equivalent: true });
    expect(matchedKl([along('a', 1.2, [0, 1]), along('b', 1, [0, 1])], 0.05)[0]!.match!.equivalent).toBe(false);
    expect(matchedKl([along('a', 1, [0, 1]), along('b', 1, [0, 1])], null)[0]!.match).toBeNull();
  });
  test('seeds are paired, and only shared ones count', () => {
    expect(matchedKl([along('a', 2, [0, 1], 5), along('b', 1, [0, 1], 2)], null)[0]!.goldDifference!.n).toBe(2);
  });
  test('no range in common, one point, or no seed: no comparison', () => {
    expect(matchedKl([along('a', 1, [2, 3]), along('b', 1, [0, 1])], null)).toEqual([]);
    expect(matchedKl([along('a', 1, [1]), along('b', 1, [0, 1])], null)).toEqual([]);
    expect(matchedKl([along('a', 1, [0, 1], 0), along('b', 1, [0, 1])], null)).toEqual([]);
  });
  test('p-values are corrected over all pairs', () => {
    const noisy = (name: string, slope: number) => family(name, [0.1, -0.05, 0.02, 0.07].map((noise, seed) => [[{ kl: 0, gold: 0 }, { kl: 1, gold: slope + noise * (name === 'c' ? -1 : 1) + seed / 10 }]]));
    const alone = matchedKl([noisy('a', 1), noisy('c', 0.9)], null)[0]!.adjustedP!;
    const among = matchedKl([noisy('a', 1), noisy('b', 1.0001), noisy('c', 0.9)], null).find((m) => m.a === 'a' && m.b === 'c')!.adjustedP!;
    expect(alone).toBeGreaterThan(0);
    expect(among).toBeGreaterThan(alone);
  });
});

describe('configurations of a family', () => {
  // One goes further at a lower proxy; the other has the higher proxy but the lower gold reward where both are.
  const hacked = [{ kl: 0, gold: 0, proxy: 0 }, { kl: 1, gold: 1, proxy: 9 }];
  const honest = [{ kl: 0, gold: 0, proxy: 0 }, { kl: 4, gold: 6, proxy: 4 }];
  const flat = family('flat', [0, 1].map(() => [[{ kl: 0, gold: 0 }, { kl: 4, gold: 0 }]]));
  test('the frontier takes the highest proxy at each KL, never the highest gold', () => {
    const [found] = matchedKl([family('two', [0, 1].map(() => [hacked, honest])), flat], null);
    const at = (kl: number): number => found!.curve.reduce((best, c) => (Math.abs(c.kl - kl) < Math.abs(best.kl - kl) ? c : best)).goldDifference.mean;
    expect(found!.kl).toBe(4);
    expect(at(4)).toBeCloseTo(6, 10);
    const near = found!.curve.find((c) => c.kl > 0.5 && c.kl < 1)!;
    expect(near.goldDifference.mean).toBeCloseTo(Math.sqrt(near.kl), 10); // the hacked one's, not 3 sqrt(KL)
  });
  test('without a proxy the cheapest', () => {
    const [found] = matchedKl([family('two', [0, 1].map(() => [[{ kl: 0, gold: 0 }, { kl: 1, gold: 5, flops: 10 }], [{ kl: 0, gold: 0 }, { kl: 1, gold: 3, flops: 5 }]])), flat], null);
    expect(found!.goldDifference!.mean).toBeCloseTo(3, 12);
  });
});
