import { DRAWS, percentiles } from './bootstrap.js';
import { fastIndex, rngFromData } from './data-rng.js';
import { normalCdf, studentQuantile } from './distributions.js';
import { BOOTSTRAP_SEEDS } from './interval.js';
import { standardDeviation } from './moments.js';

/**
 * 95 % intervals of any statistics of the pipeline seeds, by resampling seeds (what one seed's number is
 * uncertain by, its prompts' noise included, already shows in its spread over seeds):
 * - n >= 10 seeds: percentiles of the draws, taken at Phi(-sqrt(n/(n-1)) t(n-1)) instead of 2.5 %, which
 *   undoes that the bootstrap's variance is (n-1)/n too small and its tails normal (the expanded percentile
 *   interval of Hesterberg 2015, arXiv:1411.5279);
 * - 2 to 9 seeds: too few distinct resamples exist for percentiles; t(n-1) times the bootstrap's standard
 *   error, widened by sqrt(n/(n-1)). For a mean this is Student's interval.
 * @param data what the statistic reads, one number per seed and array; the generator is seeded by it
 * @param statistic [K] values of a resample, given as seed indices; called first with 0 .. n-1
 * @returns [K] intervals, null for fewer than two seeds or where a draw is not finite
 */
export function seedBootstrap(
  data: readonly Float64Array[],
  n: number,
  statistic: (seeds: Uint32Array) => ArrayLike<number>,
): ([number, number] | null)[] {
  const point = Array.from(statistic(Uint32Array.from({ length: n }, (_, i) => i)));
  if (n < 2) return point.map(() => null);
  const draws = point.map(() => new Float64Array(DRAWS));
  const seeds = new Uint32Array(n);
  const rng = rngFromData(data, 'resampled seeds');
  for (let d = 0; d < DRAWS; d++) {
    for (let i = 0; i < n; i++) seeds[i] = fastIndex(rng, n);
    const values = statistic(seeds);
    draws.forEach((all, k) => (all[d] = values[k]!));
  }
  const reach = Math.sqrt(n / (n - 1)) * studentQuantile(0.975, n - 1);
  return draws.map((all, k) => {
    if (!all.every(Number.isFinite)) return null;
    if (n >= BOOTSTRAP_SEEDS) return percentiles(all, normalCdf(-reach));
    const half = reach * standardDeviation(all);
    return [point[k]! - half, point[k]! + half];
  });
}
