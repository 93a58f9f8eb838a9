import { Rng } from '../rng.js';
import { fastIndex, indexFrom, rngFromData } from './data-rng.js';
import { normalCdf, normalQuantile, studentQuantile } from './distributions.js';
import { mean } from './moments.js';
import { orderStatistics } from './order.js';

/** Draws of every bootstrap in a report. */
export const DRAWS = 2000;

/** Percentile bootstrap of the mean of independent values. Null for fewer than two. @returns [lo, hi] */
export function bootstrapMean(
  values: Float64Array,
  options: { level?: number; draws?: number } = {},
): [number, number] | null {
  const { level = 0.95, draws = DRAWS } = options;
  const n = values.length;
  if (n < 2) return null;
  const rng = rngFromData([values], 'prompts');
  const bits = new Uint32Array(n);
  const means = new Float64Array(draws);
  for (let d = 0; d < draws; d++) {
    rng.fill(bits);
    let sum = 0;
    for (let i = 0; i < n; i++) sum += values[indexFrom(bits[i]!, n)]!;
    means[d] = sum / n;
  }
  return percentiles(means, (1 - level) / 2);
}

/**
 * Two-level bootstrap of the mean of per-seed means: seeds with replacement, then prompts within each drawn
 * seed.
 *
 * Done naively it counts the prompts' noise twice (a seed's mean already carries it) and its percentiles are
 * too short for few seeds. Both are corrected:
 * - seed means are shrunk towards the grand mean by c with c^2 = n/(n-1) - W/B, so that the two levels add up
 *   to the unbiased variance of a seed mean (Davison & Hinkley, Bootstrap Methods, 1997, section 3.8). B is
 *   the variance of the n seed means, W the mean of the prompts' bootstrap variances. Where prompts alone
 *   explain more than the seeds show (c^2 < 0), c is 0: no interval is narrower than its prompts allow.
 * - percentiles are taken at Phi(-t(n-1)) instead of 2.5 % (the expanded percentile interval of Hesterberg
 *   2015, arXiv:1411.5279).
 *
 * Prompt resamples come from a pool of 128 per seed, which makes 2,000 draws over 100 seeds take
 * milliseconds.
 * @param values per seed the prompts' values; at least two seeds, every seed at least one prompt
 * @returns [lo, hi]
 */
export function hierarchicalBootstrap(
  values: readonly Float64Array[],
  options: { level?: number; draws?: number } = {},
): [number, number] {
  return signedBootstrap(values, options)(null);
}

/**
 * The same interval for as many ways of turning the seeds' signs as are asked for, the prompts' resamples
 * made once: seed s's values times signs[s] (null: as they are).
 */
export function signedBootstrap(
  values: readonly Float64Array[],
  options: { level?: number; draws?: number } = {},
): (signs: readonly number[] | null) => [number, number] {
  const { level = 0.95, draws = DRAWS } = options;
  const n = values.length;
  if (n < 2) throw new RangeError(`hierarchicalBootstrap: needs at least two seeds, got ${n}`);
  const unsigned = Float64Array.from(values, mean);
  const noise = values.map((v, s) => {
    if (v.every((x) => x === v[0])) return STILL;
    const means = resampledMeans(v);
    for (let p = 0; p < POOL; p++) means[p] = means[p]! - unsigned[s]!;
    return means;
  });
  let within = 0;
  for (let s = 0; s < n; s++) within += squares(values[s]!, unsigned[s]!) / values[s]!.length ** 2 / n;

  return (signs) => {
    const seedMeans = signs === null ? unsigned : unsigned.map((m, s) => m * signs[s]!);
    const grand = mean(seedMeans);
    const between = squares(seedMeans, grand) / n;
    const shrink = between === 0 ? 0 : Math.sqrt(Math.max(0, n / (n - 1) - within / between));
    const pool = new Float64Array(n * POOL);
    for (let s = 0; s < n; s++)
      for (let p = 0; p < POOL; p++)
        pool[s * POOL + p] =
          grand + shrink * (seedMeans[s]! - grand) + (signs === null ? 1 : signs[s]!) * noise[s]![p]!;
    const table = seedTable(n, draws);
    const means = new Float64Array(draws);
    for (let d = 0, at = 0; d < draws; d++) {
      let sum = 0;
      for (const end = at + n; at < end; at++) sum += pool[table[at]!]!;
      means[d] = sum / n;
    }
    return percentiles(means, normalCdf(-reach(level, n, between, within)));
  };
}

function squares(values: Float64Array, around: number): number {
  let sum = 0;
  for (let i = 0; i < values.length; i++) sum += (values[i]! - around) ** 2;
  return sum;
}

/**
 * How many standard errors the interval spans to each side: t where seeds set the variance, towards z where
 * prompts do.
 */
function reach(level: number, n: number, between: number, within: number): number {
  const upper = 1 - (1 - level) / 2;
  const t = studentQuantile(upper, n - 1);
  const total = (between * n) / (n - 1);
  return total >= within ? t : Math.max(normalQuantile(upper), t * Math.sqrt(total / within));
}

const POOL = 128; // a power of two: the draw masks bits
/** Tables kept: a report has intervals over a few numbers of seeds. */
const TABLES = 16;
/** What resampling adds where all values of a seed are alike. */
const STILL = new Float64Array(POOL);
const LANES = 8; // sums side by side: one alone would spend its time waiting for its own last addition
const indexTables = new Map<number, Uint32Array>();

/**
 * Which prompts the POOL resamples of m prompts take, [POOL / LANES, m, LANES]. Shared by all seeds with as
 * many prompts: which prompt is 17th carries no meaning.
 */
function promptTable(m: number): Uint32Array {
  let table = indexTables.get(m);
  if (table === undefined) {
    const rng = Rng.fromSeed(`prompt resamples ${m}`);
    table = new Uint32Array(POOL * m);
    for (let p = 0; p < POOL; p++)
      for (let i = 0, at = p - (p % LANES); i < m; i++)
        table[at * m + i * LANES + (p % LANES)] = fastIndex(rng, m);
    indexTables.set(m, table);
  }
  return table;
}

/** POOL bootstrap means of one seed's prompts. */
function resampledMeans(values: Float64Array): Float64Array {
  const m = values.length;
  const table = promptTable(m);
  const means = new Float64Array(POOL);
  for (let p = 0, at = 0; p < POOL; p += LANES) {
    let [a, b, c, d, e, f, g, h] = [0, 0, 0, 0, 0, 0, 0, 0];
    for (const end = at + LANES * m; at < end; at += LANES) {
      a += values[table[at]!]!;
      b += values[table[at + 1]!]!;
      c += values[table[at + 2]!]!;
      d += values[table[at + 3]!]!;
      e += values[table[at + 4]!]!;
      f += values[table[at + 5]!]!;
      g += values[table[at + 6]!]!;
      h += values[table[at + 7]!]!;
    }
    means.set([a / m, b / m, c / m, d / m, e / m, f / m, g / m, h / m], p);
  }
  return means;
}

const seedTables = new Map<string, Uint32Array>();

/**
 * Of each draw, n places in a pool of [seeds, POOL]: a seed, and one of its prompts' resamples. Shared by all
 * intervals over as many seeds, as drawing the places takes longer than reading them. It hangs on nothing
 * but the two numbers, so two readers of one store report one interval, and no one can shop for a seed.
 */
function seedTable(n: number, draws: number): Uint32Array {
  const name = `seed resamples ${n} x ${draws}`;
  let table = seedTables.get(name);
  if (table === undefined) {
    const rng = Rng.fromSeed(name);
    table = Uint32Array.from(
      { length: draws * n },
      () => fastIndex(rng, n) * POOL + (rng.bits() & (POOL - 1)),
    );
    if (seedTables.size >= TABLES) seedTables.delete(seedTables.keys().next().value!);
    seedTables.set(name, table);
  }
  return table;
}

/**
 * The `tail` and 1 - `tail` quantiles, linear between order statistics as in R's type 7. Reorders its input.
 */
export function percentiles(means: Float64Array, tail: number): [number, number] {
  const at = (p: number): number => {
    const x = p * (means.length - 1);
    const i = Math.floor(x);
    const [low, high] = orderStatistics(means, i);
    return low + (x - i) * (high - low);
  };
  return [at(tail), at(1 - tail)];
}
