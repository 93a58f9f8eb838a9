import { studentCdf } from './distributions.js';
import { mean, standardError } from './moments.js';

/** Two-sided p-value of "the mean of these paired differences is 0" (Student 1908). Null for fewer than two; no spread: 1 at 0, else 0. */
export function pairedTTest(differences: readonly number[]): number | null {
  if (differences.length < 2) return null;
  const m = mean(differences);
  const se = standardError(differences);
  if (se === 0) return m === 0 ? 1 : 0;
  return 2 * (1 - studentCdf(Math.abs(m) / se, differences.length - 1));
}
