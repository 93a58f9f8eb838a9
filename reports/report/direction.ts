import type { Figure } from '../../harness/stats/interval.js';

/** What the interval of a difference says by itself; a test of several says less. */
export function direction(difference: Figure | null): 'more' | 'less' | 'undecided' | 'unknown' {
  if (difference === null || difference.ci === null) return 'unknown';
  if (difference.ci[0] > 0) return 'more';
  return difference.ci[1] < 0 ? 'less' : 'undecided';
}
