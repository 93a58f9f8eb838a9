import { describe, expect, test } from 'vitest';
import {
  type FamilyFrontier,
  type FrontierPoint,
  atRoot,
  seedFrontier,
} from '../../../reports/sections/frontier.js';
import { atEqualKl as compare } from '../../../reports/sections/matched.js';

/** gold = slope sqrt(KL) + shift per seed, at these KLs. */
const points = (slope: number, kls: readonly number[], seed: number): FrontierPoint[] =>
  kls.map((kl) => ({ kl, gold: slope * Math.sqrt(kl) + seed / 10, win: 0.5, proxy: null, flops: kl }));
const family = (name: string, curves: readonly (readonly FrontierPoint[])[]): FamilyFrontier => ({
  name,
  device: 'cpu',
  bySeed: new Map(
    curves.flatMap((c, seed) => {
      const f = seedFrontier([c], null);
      return f === null ? [] : [[seed, f] as const];
    }),
  ),
});
const familyOf = (name: string, slope: number, kls: readonly number[], seeds = 3) =>
  family(
    name,
    Array.from({ length: seeds }, (_, seed) => points(slope, kls, seed)),
  );
const atEqualKl = (a: FamilyFrontier, b: FamilyFrontier, scale = 1) => compare(a, b, scale);

describe('at equal KL', () => {
  test('compares where both are: a law in sqrt(KL) is interpolated exactly', () => {
    const found = atEqualKl(familyOf('a', 2, [0, 0.3, 1, 4]), familyOf('b', 1.5, [0, 0.5, 2]))!;
    expect(found.kl).toBeCloseTo(2, 12);
    expect(found.goldDifference!.mean).toBeCloseTo(0.5 * Math.SQRT2, 12);
    expect(found.goldDifference!.n).toBe(3);
    // Seeds' own shifts cancel: paired.
    expect(found.goldDifference!.ci![1] - found.goldDifference!.ci![0]).toBeLessThan(1e-9);
    // The mean of .5 r over r in [0, sqrt 2].
    expect(found.areaDifference!.mean).toBeCloseTo(0.25 * Math.SQRT2, 10);
  });
  test('the one that went further gains nothing by it', () => {
    const same = atEqualKl(familyOf('a', 1, [0, 1, 9]), familyOf('b', 1, [0, 1]))!;
    expect(same.goldDifference!.mean).toBeCloseTo(0, 12);
  });
  test('order of points and repeated KLs do not matter; a negative estimate is 0', () => {
    const a = familyOf('a', 2, [0, 0.3, 1]);
    const shuffled = family(
      'a',
      [0, 1, 2].map((seed) => {
        const c = points(2, [0, 0.3, 1], seed);
        return [c[2]!, c[0]!, c[1]!, c[1]!, { ...c[0]!, kl: -1e-3 }];
      }),
    );
    expect(atEqualKl(shuffled, familyOf('b', 1, [0, 2]))).toEqual(atEqualKl(a, familyOf('b', 1, [0, 2])));
  });
  test('seeds are paired, and only shared ones count', () => {
    const found = atEqualKl(familyOf('a', 2, [0, 1], 5), familyOf('b', 1, [0, 1], 2))!;
    expect(found.goldDifference!.n).toBe(2);
  });
  test('no range in common or no seed: no comparison; a single point is compared where it is', () => {
    expect(atEqualKl(familyOf('a', 1, [2, 3]), familyOf('b', 1, [0, 1]))).toBeNull();
    expect(atEqualKl(familyOf('a', 1, [0, 1], 0), familyOf('b', 1, [0, 1]))).toBeNull();
    const found = atEqualKl(familyOf('a', 2, [1]), familyOf('b', 1, [0, 4]))!;
    expect([found.kl, found.areaDifference, found.curve.length]).toEqual([1, null, 1]);
    expect(found.goldDifference!.mean).toBeCloseTo(1, 12);
  });
  test('names change places: signs turn, nothing else', () => {
    const [a, b] = [
      family(
        'a',
        [0, 1, 2].map((s) => points(2 + s / 3, [0, 0.3, 1], s)),
      ),
      family(
        'b',
        [0, 1, 2].map((s) => points(1, [0, 0.5, 2], s)),
      ),
    ];
    const [one, other] = [atEqualKl(a, b)!, atEqualKl(b, a)!];
    expect(other.goldDifference!.mean).toBeCloseTo(-one.goldDifference!.mean, 12);
    expect(other.goldDifference!.ci![0]).toBeCloseTo(-one.goldDifference!.ci![1], 12);
    expect([other.kl, other.adjustedP]).toEqual([one.kl, one.adjustedP]);
  });
  test('a match needs the margin, not the absence of a difference', () => {
    const shifts = [0.001, -0.001, 0.0005, 0];
    const near = (width: number): FamilyFrontier =>
      family(
        'b',
        shifts.map((shift, seed) =>
          points(1, [0, 1], seed).map((p) => ({ ...p, gold: p.gold + width * shift })),
        ),
      );
    expect(atEqualKl(familyOf('a', 1, [0, 1], 4), near(1))!.match).toMatchObject({
      margin: 0.02,
      equivalent: true,
    });
    const far = atEqualKl(familyOf('a', 1, [0, 1], 4), near(100))!;
    expect([far.match!.equivalent, far.goldDifference!.ci![0] < 0, far.goldDifference!.ci![1] > 0]).toEqual([
      false,
      true,
      true,
    ]);
    // Nobody gained: no scale, no margin.
    expect(atEqualKl(familyOf('a', 1, [0, 1], 4), near(1), 0)!.match).toBeNull();
  });
});

describe('a family of several configurations', () => {
  const flat = (gold: number, proxy: number | null, flops: number): FrontierPoint[] =>
    [0, 1].map((kl) => ({ kl, gold, proxy, flops, win: null }));
  test('the proxy chooses, never gold; without one, the cost', () => {
    expect(atRoot(seedFrontier([flat(5, 1, 1), flat(3, 2, 9)], null)!, 0.5)!.gold).toBe(3);
    expect(atRoot(seedFrontier([flat(5, null, 9), flat(3, null, 1)], null)!, 0.5)!.gold).toBe(3);
  });
  test('only configurations that cover a KL count there, and nothing is outside', () => {
    const longer = [0, 4].map((kl) => ({ kl, gold: kl, proxy: 0, flops: 1, win: null }));
    const both = seedFrontier([flat(5, 1, 1), longer], null)!;
    expect(both.range).toEqual([0, 2]);
    expect([atRoot(both, 0.5)!.gold, atRoot(both, 1.5)!.gold, atRoot(both, 2.1)]).toEqual([5, 3, null]);
  });
  test('samplers, one point each, are one path together', () => {
    const best = (kl: number, gold: number): FrontierPoint[] => [
      { kl, gold, proxy: gold, flops: 1, win: 0.75 },
    ];
    const found = seedFrontier([best(4, 3), best(1, 1)], 0)!;
    expect(found.range).toEqual([1, 2]);
    expect(atRoot(found, 1.5)).toMatchObject({ gold: 2, win: 0.75 });
  });
});
