import { figureOverSeeds } from '../harness/stats/interval.js';
import type { MatchedComparison } from './model.js';

/** One evaluation during training. */
export interface FrontierPoint {
  readonly kl: number;
  readonly gold: number;
}

/** Points of the area's grid. */
const GRID = 32;

/**
 * Compares two algorithms at equal KL: each seed's training curve is a frontier of (KL, gold reward), interpolated linearly in
 * sqrt(KL), on the common range only. Null where they share no seed or no range: nothing is extrapolated.
 * @param a curves by seed; b likewise
 */
export function atEqualKl(a: { readonly name: string; readonly curves: ReadonlyMap<number, readonly FrontierPoint[]> }, b: typeof a): MatchedComparison | null {
  const seeds = [...a.curves.keys()].filter((seed) => b.curves.has(seed));
  const pairs = seeds.map((seed) => [frontier(a.curves.get(seed)!), frontier(b.curves.get(seed)!)] as const).filter(([x, y]) => x.length > 1 && y.length > 1);
  if (pairs.length === 0) return null;
  const lo = Math.max(...pairs.flatMap(([x, y]) => [x[0]!.root, y[0]!.root]));
  const hi = Math.min(...pairs.flatMap(([x, y]) => [x.at(-1)!.root, y.at(-1)!.root]));
  if (!(hi > lo)) return null;
  const difference = ([x, y]: (typeof pairs)[number], root: number): number => interpolated(x, root) - interpolated(y, root);
  const area = (pair: (typeof pairs)[number]): number => {
    let sum = 0;
    for (let i = 0; i < GRID; i++) sum += difference(pair, lo + ((i + 0.5) / GRID) * (hi - lo));
    return sum / GRID;
  };
  return {
    a: a.name,
    b: b.name,
    kl: hi ** 2,
    goldDifference: figureOverSeeds(pairs.map((pair) => [difference(pair, hi)])),
    areaDifference: figureOverSeeds(pairs.map((pair) => [area(pair)])),
    winRateDifference: null,
    match: null,
    adjustedP: null,
    curve: [],
  };
}

interface RootPoint {
  readonly root: number;
  readonly gold: number;
}

/** Points by rising sqrt(KL), equal ones averaged. An estimate of KL below 0 is noise around 0. */
function frontier(points: readonly FrontierPoint[]): RootPoint[] {
  const sorted = points.map(({ kl, gold }) => ({ root: Math.sqrt(Math.max(0, kl)), gold })).sort((x, y) => x.root - y.root);
  const out: RootPoint[] = [];
  for (let i = 0; i < sorted.length; ) {
    let j = i;
    let sum = 0;
    while (j < sorted.length && sorted[j]!.root === sorted[i]!.root) sum += sorted[j++]!.gold;
    out.push({ root: sorted[i]!.root, gold: sum / (j - i) });
    i = j;
  }
  return out;
}

function interpolated(points: readonly RootPoint[], root: number): number {
  const after = points.findIndex((p) => p.root >= root);
  if (after <= 0) return (after === 0 ? points[0] : points.at(-1))!.gold;
  const [x, y] = [points[after - 1]!, points[after]!];
  return x.gold + ((root - x.root) / (y.root - x.root)) * (y.gold - x.gold);
}
