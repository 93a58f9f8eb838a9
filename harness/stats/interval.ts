import { bootstrapMean, hierarchicalBootstrap } from './bootstrap.js';
import { normalQuantile, studentQuantile } from './distributions.js';
import { mean, variance } from './moments.js';
import { wilson } from './proportion.js';

/** Where an interval comes from; `none` where there is no interval. */
export type Basis = 'seeds-bootstrap' | 'seeds-t' | 'prompts' | 'none';

/** The mean over pipeline seeds of per-seed means, with a 95 % interval. */
export interface Interval {
  readonly mean: number;
  readonly ci: readonly [number, number] | null;
  /** Pipeline seeds. */
  readonly n: number;
  readonly basis: Basis;
  /** Why there is no interval, or what it leaves out. */
  readonly reason?: string;
}

/**
 * From this many seeds on, the two-level bootstrap; below it too few distinct resamples exist and Student's t
 * is used.
 */
export const BOOTSTRAP_SEEDS = 10;

/**
 * 95 % interval of the mean. The replication unit is the pipeline seed (data, models, sampling all redrawn),
 * so:
 * - n >= 10 seeds: two-level bootstrap over seeds, then prompts (`hierarchicalBootstrap`);
 * - 2 to 9 seeds: Student's t over per-seed means, n - 1 degrees of freedom: with three seeds a percentile
 *   bootstrap covers far less than it says, t covers 95 % where seed means are about normal. A seed's mean
 *   carries its prompts' noise, so that is included; where seeds agree by luck more closely than their
 *   prompts allow, the prompts' normal interval is the floor;
 * - one seed: bootstrap over its prompts, marked `prompts`: it says nothing about other seeds.
 *
 * For paired differences pass the differences: pairing by seed and prompt then needs nothing else.
 * @param values per seed the prompts' values (a seed with one number: pass an array of one)
 * @param bounds the range that the mean cannot leave, e.g. [0, 1] for a rate: between two finite ones the
 * interval is taken on the logit scale, which it cannot leave; at a single one it is cut
 */
export function seedInterval(
  values: readonly Float64Array[],
  bounds?: readonly [number, number],
): Interval | null {
  const seeds = values.filter((v) => v.length > 0);
  const n = seeds.length;
  if (n === 0) return null;
  const means = Float64Array.from(seeds, mean);
  const grand = mean(means);
  if (n === 1) {
    const ci = degenerate(seeds, bounds) ?? bootstrapMean(seeds[0]!);
    if (ci === null)
      return {
        mean: grand,
        ci: null,
        n,
        basis: 'none',
        reason: 'one seed: its spread over seeds is unknown',
      };
    return {
      mean: grand,
      ci,
      n,
      basis: 'prompts',
      reason: 'one seed: the interval covers the choice of prompts only',
    };
  }
  const basis = n >= BOOTSTRAP_SEEDS ? 'seeds-bootstrap' : 'seeds-t';
  const ci =
    degenerate(seeds, bounds) ??
    // Ends of a bootstrap are means themselves, which no range is left by.
    (n >= BOOTSTRAP_SEEDS
      ? hierarchicalBootstrap(seeds)
      : within(bounds, studentInterval(seeds, means, grand), grand));
  return { mean: grand, ci, n, basis };
}

/**
 * A symmetric interval about a mean, on the logit scale of its range by the delta method: in the middle of
 * the range hardly another, towards its ends less and less symmetric, and never outside.
 */
export function within(
  bounds: readonly [number, number] | undefined,
  raw: readonly [number, number],
  grand: number,
): readonly [number, number] {
  if (bounds === undefined) return raw;
  const [lo, hi] = bounds;
  if (!Number.isFinite(hi - lo) || grand <= lo || grand >= hi)
    return [Math.max(lo, raw[0]), Math.min(hi, raw[1])];
  const share = (grand - lo) / (hi - lo);
  const middle = Math.log(share / (1 - share));
  const slope = 1 / (share * (1 - share) * (hi - lo));
  const at = (logit: number): number => lo + (hi - lo) / (1 + Math.exp(-logit));
  return [at(middle + (raw[0] - grand) * slope), at(middle + (raw[1] - grand) * slope)];
}

/** `seedInterval` of one number per seed. */
export const intervalOf = (values: readonly number[]): Interval | null =>
  seedInterval(values.map((value) => Float64Array.of(value)));

function studentInterval(
  seeds: readonly Float64Array[],
  means: Float64Array,
  grand: number,
): [number, number] {
  const n = means.length;
  const acrossSeeds = studentQuantile(0.975, n - 1) * Math.sqrt(variance(means) / n);
  const within = seeds.reduce((sum, v) => sum + (v.length < 2 ? 0 : variance(v) / v.length), 0) / n;
  const half = Math.max(acrossSeeds, normalQuantile(0.975) * Math.sqrt(within / n));
  return [grand - half, grand + half];
}

/**
 * A rate of which every prompt of every seed says the same (all won) has no spread to resample; Wilson's
 * interval still knows how few they are.
 */
function degenerate(
  seeds: readonly Float64Array[],
  bounds: readonly [number, number] | undefined,
): [number, number] | null {
  if (bounds === undefined || bounds[0] !== 0 || bounds[1] !== 1) return null;
  const first = seeds[0]![0]!;
  if (first < 0 || first > 1 || !seeds.every((v) => v.every((x) => x === first))) return null;
  const total = seeds.reduce((sum, v) => sum + v.length, 0);
  return wilson(first * total, total);
}

/** A number of a report: the mean over seeds, its 95 % interval, and the number of pipeline seeds. */
export type Figure = Pick<Interval, 'mean' | 'ci' | 'n'>;

/** `seedInterval` as a bare figure. @param values per seed the prompts' values */
export function figureOverSeeds(
  values: readonly ArrayLike<number>[],
  bounds?: readonly [number, number],
): Figure | null {
  const found = seedInterval(
    values.map((v) => (v instanceof Float64Array ? v : Float64Array.from(v))),
    bounds,
  );
  return found === null ? null : { mean: found.mean, ci: found.ci, n: found.n };
}
