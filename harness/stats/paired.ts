import { studentCdf } from './distributions.js';
import { mean, standardError } from './moments.js';

/**
 * Two-sided p-value of Student's paired t test of "the mean difference is 0". Null for fewer than two
 * differences.
 */
export function pairedTest(differences: ArrayLike<number>): number | null {
  const n = differences.length;
  if (n < 2) return null;
  const [m, se] = [mean(differences), standardError(differences)];
  if (se === 0) return m === 0 ? 1 : 0;
  return 2 * studentCdf(-Math.abs(m / se), n - 1);
}
