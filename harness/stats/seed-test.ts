import { normalCdf, studentCdf } from './distributions.js';
import { mean, variance } from './moments.js';

/**
 * Two-sided p-value of "the mean over pipeline seeds is 0", for a correction over a family; it goes with
 * `seedInterval`: Student's t over the seeds' means, and never surer than the prompts within them allow (a z
 * test). One seed: its prompts alone. Null where neither can be had.
 * @param values per seed the prompts' differences
 */
export function seedTest(values: readonly Float64Array[]): number | null {
  const n = values.length;
  const m = mean(values.map(mean));
  const within = values.reduce((sum, v) => sum + (v.length < 2 ? 0 : variance(v) / v.length), 0) / n ** 2;
  const byPrompts = twoSided(m, Math.sqrt(within), normalCdf);
  if (n >= 2)
    return Math.max(
      byPrompts,
      twoSided(m, Math.sqrt(variance(values.map(mean)) / n), (t) => studentCdf(t, n - 1)),
    );
  return n === 1 && values[0]!.length >= 2 ? byPrompts : null;
}

/** A spread of 0 says nothing against a difference of 0 and everything against any other. */
function twoSided(difference: number, se: number, cdf: (t: number) => number): number {
  if (se === 0) return difference === 0 ? 1 : 0;
  return 2 * cdf(-Math.abs(difference) / se);
}
