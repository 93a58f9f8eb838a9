import type { Figure } from '../../harness/stats/interval.js';

/** Level of the tests that stand beside intervals. */
const ALPHA = 0.05;

/**
 * What the interval of a difference says.
 * @param adjustedP of one comparison among several: ahead then needs it below .05 as well
 */
export function direction(
  difference: Figure | null,
  adjustedP: number | null = null,
): 'more' | 'less' | 'undecided' | 'unknown' {
  if (difference === null || difference.ci === null) return 'unknown';
  if (adjustedP !== null && adjustedP >= ALPHA) return 'undecided';
  if (difference.ci[0] > 0) return 'more';
  return difference.ci[1] < 0 ? 'less' : 'undecided';
}
