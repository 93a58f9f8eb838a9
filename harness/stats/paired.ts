import { differenceP } from './moderated.js';
import { mean, standardError } from './moments.js';

/**
 * Two-sided p-value of Student's paired t test of "the mean difference is 0". Null for fewer than two
 * differences.
 */
export function pairedTest(differences: ArrayLike<number>): number | null {
  const n = differences.length;
  if (n < 2) return null;
  return differenceP({ mean: mean(differences), se: standardError(differences), df: n - 1 });
}
