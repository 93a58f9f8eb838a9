import { holm } from '../harness/stats/correction.js';
import { twoOneSidedTests } from '../harness/stats/equivalence.js';
import { pairedTTest } from '../harness/stats/t-test.js';
import { frontierAt, type FrontierPoint, type SeedFamily } from './frontier.js';
import { perSeed } from './loaded.js';
import type { MatchedComparison } from './model.js';

/** A family with its seeds: what is matched. */
export interface Family {
  readonly name: string;
  readonly device: string;
  readonly seeds: readonly SeedFamily[];
}

/** Points of the area's grid, and of the curve that is drawn. */
const AREA = 32;
const SHOWN = 13;

/** Every pair of families of one device that share a range of KL. @param margin of a match, in gold reward; null: none is tested */
export function matchedKl(families: readonly Family[], margin: number | null): MatchedComparison[] {
  const found = families.flatMap((a, i) => families.slice(i + 1).flatMap((b) => (a.device === b.device ? (atEqualKl(a, b, margin) ?? []) : [])));
  const known = found.flatMap(({ p }) => (p === null ? [] : [p]));
  const adjusted = holm(known);
  let next = 0;
  return found.map(({ p, ...rest }) => ({ ...rest, adjustedP: p === null ? null : adjusted[next++]! }));
}

/** Null where they share no seed or no range: nothing is extrapolated. */
function atEqualKl(a: Family, b: Family, margin: number | null): (Omit<MatchedComparison, 'adjustedP'> & { p: number | null }) | null {
  const pairs = a.seeds.flatMap((x) => { const y = b.seeds.find(({ seed }) => seed === x.seed); return y === undefined ? [] : [[x, y] as const]; });
  if (pairs.length === 0) return null;
  const lo = Math.max(...pairs.flatMap(([x, y]) => [x.lo, y.lo]));
  const hi = Math.min(...pairs.flatMap(([x, y]) => [x.hi, y.hi]));
  if (!(hi > lo)) return null;
  const difference = ([x, y]: (typeof pairs)[number], root: number, of: (p: FrontierPoint) => number | null): number | null => {
    const [p, q] = [frontierAt(x, root), frontierAt(y, root)];
    const [u, v] = [p === null ? null : of(p), q === null ? null : of(q)];
    return u === null || v === null ? null : u - v;
  };
  const gold = (p: FrontierPoint): number => p.gold;
  const area = (pair: (typeof pairs)[number]): number | null => {
    const parts = Array.from({ length: AREA }, (_, i) => difference(pair, lo + ((i + 0.5) / AREA) * (hi - lo), gold));
    return parts.every((d) => d !== null) ? parts.reduce((sum, d) => sum + d / AREA, 0) : null;
  };
  const there = pairs.map((pair) => difference(pair, hi, gold)).filter((d): d is number => d !== null);
  const tested = margin === null || there.length < 2 ? null : twoOneSidedTests(there, margin);
  return {
    a: a.name,
    b: b.name,
    kl: hi ** 2,
    goldDifference: perSeed(there),
    winRateDifference: perSeed(pairs.map((pair) => difference(pair, hi, (p) => p.win))),
    areaDifference: perSeed(pairs.map(area)),
    match: tested === null ? null : { margin: margin!, p: tested.p, equivalent: tested.equivalent },
    p: pairedTTest(there),
    curve: Array.from({ length: SHOWN }, (_, i) => lo + (i / (SHOWN - 1)) * (hi - lo)).flatMap((root) => {
      const figure = perSeed(pairs.map((pair) => difference(pair, root, gold)));
      return figure === null ? [] : [{ kl: root ** 2, goldDifference: figure }];
    }),
  };
}
