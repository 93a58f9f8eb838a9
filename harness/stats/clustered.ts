import { Rng } from '../rng.js';
import { studentQuantile } from './distributions.js';
import { within } from './interval.js';
import { mean } from './moments.js';
import { wilson } from './proportion.js';

/** A statistic of rows that come in clusters, such as verdicts on one prompt, with a 95 % interval. */
export interface ClusteredFigure {
  readonly mean: number;
  readonly ci: readonly [number, number] | null;
  /** Clusters. */
  readonly n: number;
}

/**
 * The statistic of all rows, with the interval of the jackknife that leaves out one cluster at a time, by
 * Student's t with one degree of freedom less than there are groups left out (Cameron & Miller 2015,
 * https://doi.org/10.3368/jhr.50.2.317). A share that does not vary over clusters has one
 * from their number alone (`alike`).
 * @param statistic null where it has no value; the interval is then null too
 * @param bounds what it cannot leave
 * @returns null without rows or without a value
 */
export function clusteredFigure<Row>(
  clusters: readonly (readonly Row[])[],
  statistic: (rows: readonly Row[]) => number | null,
  bounds?: readonly [number, number],
): ClusteredFigure | null {
  const full = clusters.filter((rows) => rows.length > 0);
  const n = full.length;
  const value = n === 0 ? null : statistic(full.flat());
  if (value === null || !Number.isFinite(value)) return null;
  if (n < 2) return { mean: value, ci: null, n };
  const groups = grouped(full);
  const without = groups.map((_, left) => statistic(groups.flatMap((rows, i) => (i === left ? [] : rows))));
  if (without.some((v) => v === null || !Number.isFinite(v))) return { mean: value, ci: null, n };
  const values = without as number[];
  const centre = mean(values);
  const squares = values.reduce((sum, v) => sum + (v - centre) ** 2, 0);
  const se = Math.sqrt(((groups.length - 1) / groups.length) * squares);
  const isShare = bounds?.[0] === 0 && bounds[1] === 1;
  if (isShare && se < 1e-12) return { mean: value, ci: alike(value, n), n };
  const half = studentQuantile(0.975, groups.length - 1) * se;
  return { mean: value, ci: within(bounds, [value - half, value + half], value), n };
}

/**
 * A share that is alike in each of n clusters: at an end Wilson's interval, as if each were one row; between
 * them another one may come in 3 of n at most (the rule of three, Hanley & Lippman-Hand 1983,
 * https://doi.org/10.1001/jama.1983.03330370053031), and be off by no more than the range allows.
 */
function alike(share: number, n: number): [number, number] {
  if (share < 1e-12 || share > 1 - 1e-12) return wilson(Math.round(share) * n, n);
  const reach = Math.min(1, 3 / n);
  return [share - reach * share, share + reach * (1 - share)];
}

/** Groups that the jackknife leaves out, at most: with more clusters several go together (Kott 2001). */
const MOST = 200;

function grouped<Row>(clusters: readonly (readonly Row[])[]): (readonly Row[])[] {
  if (clusters.length <= MOST) return [...clusters];
  const groups: Row[][] = Array.from({ length: MOST }, () => []);
  // In an order of their own: clusters that come in turns would go with their like.
  Rng.fromSeed('groups of clusters')
    .permutation(clusters.length)
    .forEach((cluster, i) => groups[i % MOST]!.push(...clusters[cluster]!));
  return groups;
}

/** Rows by a key of theirs, in the order in which keys first come. */
export function clustersBy<Row>(rows: readonly Row[], key: (row: Row) => string): Row[][] {
  const found = new Map<string, Row[]>();
  for (const row of rows) {
    const own = found.get(key(row));
    if (own === undefined) found.set(key(row), [row]);
    else own.push(row);
  }
  return [...found.values()];
}
