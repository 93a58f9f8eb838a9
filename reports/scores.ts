import { interquartileMean, optimalityGap, performanceProfile, probabilityOfImprovement } from '../harness/stats/aggregate.js';
import { bootstrapStatistic, expandedTail, percentiles } from '../harness/stats/bootstrap.js';
import { fastIndex, rngFromData } from '../harness/stats/data-rng.js';
import type { Figure } from '../harness/stats/interval.js';
import { mean } from '../harness/stats/moments.js';
import type { Group, Results } from './loaded.js';
import { seedOf } from './loaded.js';
import type { AlgorithmRow, ProfileRow } from './model.js';

/** Draws of each bootstrap here: they are many where labels are. */
const DRAWS = 500;

/** A seed's gold reward and its start's, and the first as a score: 0 the start, 1 the best compared label of that seed. */
interface Scored {
  readonly seed: number;
  readonly gold: number;
  readonly start: number;
  readonly score: number | null;
}

/** Scores of every label. Null scores where nothing of that seed improves on the start. */
export function scoresOf(groups: readonly Group[], results: Results): ReadonlyMap<string, readonly Scored[]> {
  const raw = groups.map((g) => ({
    name: g.name,
    seeds: g.loaded.flatMap((l) => {
      const start = results.startOf(l.run)?.samples?.gold;
      return l.samples?.gold == null || start == null ? [] : [{ seed: seedOf(l), gold: mean(l.samples.gold), start: mean(start) }];
    }),
  }));
  const best = new Map<number, number>();
  for (const { seeds } of raw) for (const { seed, gold } of seeds) best.set(seed, Math.max(gold, best.get(seed) ?? Number.NEGATIVE_INFINITY));
  return new Map(raw.map(({ name, seeds }) => [name, seeds.map((s) => ({ ...s, score: best.get(s.seed)! > s.start ? (s.gold - s.start) / (best.get(s.seed)! - s.start) : null }))]));
}

/** Mean over seeds of what the best label gains on the start: what a normalised score of 1 is worth. Null where nothing gains. */
export function scale(scores: ReadonlyMap<string, readonly Scored[]>): number | null {
  const gains = new Map<number, number>();
  for (const seeds of scores.values()) for (const { seed, gold, start } of seeds) gains.set(seed, Math.max(gold - start, gains.get(seed) ?? Number.NEGATIVE_INFINITY));
  const gain = gains.size === 0 ? 0 : mean([...gains.values()]);
  return gain > 0 ? gain : null;
}

export function aggregate(seeds: readonly Scored[]): AlgorithmRow['aggregate'] {
  const known = seeds.flatMap((s) => (s.score === null ? [] : [s.score]));
  return {
    interquartileMean: figure(known, interquartileMeanOf),
    improvement: figure(seeds.map(({ gold, start }) => ({ gold, start })), (drawn) => probabilityOfImprovement([drawn.map((s) => s.gold)], [drawn.map((s) => s.start)]), seeds.flatMap((s) => [s.gold, s.start]), [0, 1]),
    optimalityGap: figure(known, (drawn) => optimalityGap([drawn]), known, [0, Number.POSITIVE_INFINITY]),
  };
}
const interquartileMeanOf = (drawn: readonly number[]): number => interquartileMean([drawn]);

/** A statistic over seeds with its bootstrap interval, cut to the range it cannot leave. */
function figure<T>(units: readonly T[], statistic: (drawn: readonly T[]) => number, data: readonly number[] = units as readonly number[], bounds: readonly [number, number] = [Number.NEGATIVE_INFINITY, Number.POSITIVE_INFINITY]): Figure | null {
  if (units.length === 0) return null;
  const ci = bootstrapStatistic(units, statistic, [Float64Array.from(data)], { draws: DRAWS });
  return { mean: statistic(units), ci: ci === null ? null : [Math.max(bounds[0], ci[0]), Math.min(bounds[1], ci[1])], n: units.length };
}

const THRESHOLDS = Array.from({ length: 25 }, (_, i) => i / 20);

/** Share of seeds above each threshold of the score. */
export function profiles(scores: ReadonlyMap<string, readonly Scored[]>): ProfileRow[] {
  return [...scores].flatMap(([name, seeds]): ProfileRow[] => {
    const known = seeds.flatMap((s) => (s.score === null ? [] : [s.score]));
    const n = known.length;
    if (n === 0) return [];
    const share = performanceProfile([known], THRESHOLDS);
    if (n === 1) return [{ name, thresholds: THRESHOLDS, share, lo: share, hi: share }];
    const rng = rngFromData([Float64Array.from(known)], 'profile');
    const drawn = Array.from({ length: DRAWS }, () => performanceProfile([known.map(() => known[fastIndex(rng, n)]!)], THRESHOLDS));
    const bands = THRESHOLDS.map((_, i) => percentiles(Float64Array.from(drawn, (d) => d[i]!), expandedTail(0.95, n)));
    return [{ name, thresholds: THRESHOLDS, share, lo: bands.map((b) => b[0]), hi: bands.map((b) => b[1]) }];
  });
}
