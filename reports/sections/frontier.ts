import { mean } from '../../harness/stats/moments.js';
import { locate } from '../../harness/stats/piecewise.js';
import { evaluationsOf, startGold } from './curves.js';
import { type Family, type Gathered, type Loaded, total } from './gather.js';
import { preferredKl } from '../report/kl.js';

/** What a policy was worth at one evaluation. Null where it is not known. */
export interface FrontierPoint {
  /** Nats per sequence from the start. */
  readonly kl: number;
  readonly gold: number;
  readonly win: number | null;
  readonly proxy: number | null;
  /** Charged so far, the reward's training included. */
  readonly flops: number;
}

interface RootPoint extends FrontierPoint {
  readonly root: number;
}

/** One seed's frontier: the family's configurations, each a path of points by rising sqrt(KL). */
export interface SeedFrontier {
  /** Gold reward of the start on the same prompts. */
  readonly start: number | null;
  readonly paths: readonly (readonly RootPoint[])[];
  /** sqrt(KL) from which to which some path covers every point. */
  readonly range: readonly [number, number];
}

export interface FamilyFrontier {
  readonly name: string;
  readonly device: string;
  readonly bySeed: ReadonlyMap<number, SeedFrontier>;
}

/** A family's frontier in every seed that has one. */
export function familyFrontier(
  { name, device, groups }: Family,
  { startOf, costsOf }: Gathered,
): FamilyFrontier {
  const entries = groups.flatMap((group) => group.loaded);
  const seeds = [...new Set(entries.map(({ seed }) => seed))].sort((a, b) => a - b);
  const bySeed = new Map<number, SeedFrontier>();
  for (const seed of seeds) {
    const mine = entries.filter((entry) => entry.seed === seed);
    const configurations = mine.map((entry) => pointsOf(entry, costsOf));
    const frontier = seedFrontier(configurations, startGold(mine[0]!, startOf));
    if (frontier !== null) bySeed.set(seed, frontier);
  }
  return { name, device, bySeed };
}

/** A run's evaluations that have a gold reward and a KL, the reward's training charged to each. */
function pointsOf(entry: Loaded, costsOf: Gathered['costsOf']): FrontierPoint[] {
  const reward = total(costsOf(entry.run).slice(1));
  return evaluationsOf(entry).flatMap(({ kl: estimates, goldReward, winRate, proxyReward, flops }) => {
    const kl = preferredKl(estimates)?.mean;
    if (kl === undefined || goldReward === null) return [];
    const [win, proxy] = [winRate?.mean ?? null, proxyReward?.mean ?? null];
    return [{ kl, gold: goldReward.mean, win, proxy, flops: flops + reward.flops }];
  });
}

/**
 * Configurations evaluated while they trained are a path each; those with a single evaluation (samplers: best
 * of 4, of 16) are the points of one path together. Null for no point.
 * @param configurations per configuration its points, in any order
 */
export function seedFrontier(
  configurations: readonly (readonly FrontierPoint[])[],
  start: number | null,
): SeedFrontier | null {
  const single = configurations.filter((points) => points.length === 1).flat();
  const paths = [
    ...configurations.filter((points) => points.length > 1),
    ...(single.length > 0 ? [single] : []),
  ].map(path);
  if (paths.length === 0) return null;
  const ends = paths.map((p) => [p[0]!.root, p.at(-1)!.root] as const).sort(([a], [b]) => a - b);
  const range: [number, number] = [ends[0]![0], ends[0]![1]];
  for (const [lo, hi] of ends) if (lo <= range[1]) range[1] = Math.max(range[1], hi);
  return { start, paths, range };
}

/** Points by rising sqrt(KL), equal ones averaged. An estimate of KL below 0 is noise around 0. */
function path(points: readonly FrontierPoint[]): RootPoint[] {
  const sorted = points
    .map((p) => ({ ...p, root: Math.sqrt(Math.max(0, p.kl)) }))
    .sort((x, y) => x.root - y.root);
  const out: RootPoint[] = [];
  for (let i = 0; i < sorted.length; ) {
    let j = i;
    while (j < sorted.length && sorted[j]!.root === sorted[i]!.root) j++;
    const same = sorted.slice(i, j);
    const average = (values: readonly (number | null)[]): number | null =>
      values.includes(null) ? null : mean(values as number[]);
    out.push({
      ...same[0]!,
      gold: mean(same.map((p) => p.gold)),
      win: average(same.map((p) => p.win)),
      proxy: average(same.map((p) => p.proxy)),
      flops: mean(same.map((p) => p.flops)),
    });
    i = j;
  }
  return out;
}

/**
 * The frontier at sqrt(KL) = `root`: of the paths that cover it, the one with the highest proxy there, linear
 * between its points; where a path has no proxy, the one with the lowest cost there. Gold reward never
 * chooses: it would report maxima. Null outside the range.
 */
export function atRoot({ paths }: SeedFrontier, root: number): Omit<FrontierPoint, 'kl'> | null {
  const here = paths.flatMap((points) => interpolated(points, root) ?? []);
  if (here.length === 0) return null;
  const byProxy = here.every(({ proxy }) => proxy !== null);
  return here.reduce((best, point) => {
    const isBetter = byProxy ? point.proxy! > best.proxy! : point.flops < best.flops;
    return isBetter ? point : best;
  });
}

function interpolated(points: readonly RootPoint[], root: number): Omit<FrontierPoint, 'kl'> | null {
  const found = locate(
    points.map((p) => p.root),
    root,
  );
  if (found === null) return null;
  const { share } = found;
  const [x, y] = [points[found.from]!, points[found.to]!];
  const between = (a: number | null, b: number | null): number | null =>
    a === null || b === null ? null : a + share * (b - a);
  return {
    gold: x.gold + share * (y.gold - x.gold),
    win: between(x.win, y.win),
    proxy: between(x.proxy, y.proxy),
    flops: x.flops + share * (y.flops - x.flops),
  };
}

/** The sqrt(KL) that every one of these frontiers covers; null where there is none. */
export function commonRange(frontiers: readonly SeedFrontier[]): readonly [number, number] | null {
  if (frontiers.length === 0) return null;
  const lo = Math.max(...frontiers.map(({ range }) => range[0]));
  const hi = Math.min(...frontiers.map(({ range }) => range[1]));
  return lo <= hi ? [lo, hi] : null;
}
