import { holm } from '../../harness/stats/correction.js';
import { twoOneSidedTests } from '../../harness/stats/equivalence.js';
import { pairedTest } from '../../harness/stats/paired.js';
import { gridOf, meanOver } from '../../harness/stats/piecewise.js';
import { atRoot, commonRange, type FamilyFrontier, type SeedFrontier } from './frontier.js';
import { pairsOf, perSeed } from './gather.js';
import type { Match, MatchedComparison } from '../report/comparisons.js';

/** Points of the curve of differences. */
const CURVE = 16;

/**
 * Half a width of the normalised scale inside which two families match (the claims' F14): 0 the start, 1 the
 * best compared mean.
 */
const MARGIN = 0.02;

/**
 * Every pair of families on one device.
 * @param scale gain of the best compared mean, by device
 */
export function matched(
  frontiers: readonly FamilyFrontier[],
  scale: ReadonlyMap<string, number>,
): MatchedComparison[] {
  const found = pairsOf(frontiers).flatMap(([a, b]) => atEqualKl(a, b, scale.get(a.device) ?? 0) ?? []);
  return withHolm(found);
}

/** Fills `adjustedP` by Holm's correction over those that have one. */
export function withHolm<T extends { readonly adjustedP: number | null }>(comparisons: readonly T[]): T[] {
  const tested = comparisons.filter((c) => c.adjustedP !== null);
  const adjusted = holm(tested.map((c) => c.adjustedP!));
  return comparisons.map((c) =>
    c.adjustedP === null ? c : { ...c, adjustedP: adjusted[tested.indexOf(c)]! },
  );
}

/**
 * Compares two families at equal KL, seed by seed on the frontiers of `atRoot`, on the common range only.
 * Null where they share no seed or no range: nothing is extrapolated. `adjustedP` is not adjusted yet.
 * @param scale gain in gold reward that is 1 of the normalised scale; not positive: there is no margin, and
 * nothing is said to match
 */
export function atEqualKl(a: FamilyFrontier, b: FamilyFrontier, scale: number): MatchedComparison | null {
  const pairs = [...a.bySeed].flatMap(([seed, x]) =>
    b.bySeed.has(seed) ? [[x, b.bySeed.get(seed)!] as const] : [],
  );
  const range = commonRange(pairs.flat());
  if (range === null) return null;
  const at = (
    [x, y]: readonly [SeedFrontier, SeedFrontier],
    root: number,
    of: 'gold' | 'win',
  ): number | null => {
    const [p, q] = [atRoot(x, root)?.[of] ?? null, atRoot(y, root)?.[of] ?? null];
    return p === null || q === null ? null : p - q;
  };
  const gold = (pair: (typeof pairs)[number], root: number): number => at(pair, root, 'gold') ?? Number.NaN;
  const differences = pairs.map((pair) => gold(pair, range[1]));
  const wins = pairs.map((pair) => at(pair, range[1], 'win'));
  return {
    a: a.name,
    b: b.name,
    kl: range[1] ** 2,
    goldDifference: perSeed(differences),
    winRateDifference: wins.includes(null) ? null : perSeed(wins),
    areaDifference:
      range[0] === range[1]
        ? null
        : perSeed(pairs.map((pair) => meanOver(range, (root) => gold(pair, root)))),
    match: matchOf(differences, MARGIN * scale),
    adjustedP: pairedTest(differences),
    curve: gridOf(range, CURVE).flatMap((root) => {
      const goldDifference = perSeed(pairs.map((pair) => gold(pair, root)));
      return goldDifference === null ? [] : [{ kl: root ** 2, goldDifference }];
    }),
  };
}

function matchOf(differences: readonly number[], margin: number): Match | null {
  if (differences.length < 2 || !(margin > 0)) return null;
  const { p, equivalent } = twoOneSidedTests(differences, margin);
  return { margin, p, equivalent };
}
