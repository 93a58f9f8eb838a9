import type { ClaimRow } from '../contracts/analysis.js';

/**
 * One number against a threshold, as a verdict: a claim is decided where the number, or the whole of its
 * interval, lies on one side.
 * @param kind `below` claims value <= threshold, `above` value > threshold
 * @param ci 95 % interval of the value, in its units; null where it has none
 */
export function decided(
  kind: 'below' | 'above',
  threshold: number,
  value: number,
  ci: readonly [number, number] | null = null,
): ClaimRow['verdict'] {
  const [lo, hi] = ci ?? [value, value];
  if (kind === 'below') return hi <= threshold ? 'supported' : lo > threshold ? 'refuted' : 'undecided';
  return lo > threshold ? 'supported' : hi <= threshold ? 'refuted' : 'undecided';
}
