import { linearAt, meanOver } from '../../harness/stats/piecewise.js';

/**
 * K: claims at equal KL are about the mean over budgets from 0 to this many nats, which the families reach
 * (seen on a pipeline seed that no claim is decided from).
 */
export const MOST_KL = 2;

/** A place on the exact frontier: the best that any policy gains at this KL. */
interface OnFrontier {
  readonly kl: number;
  readonly gain: number;
}

/**
 * Mean gain of the exact frontier over budgets from 0 to `MOST_KL`, from the places on it that a seed's runs
 * know (a policy's gain and its regret): linear in sqrt(KL) between them, from the start at (0, 0), and level
 * beyond the last. NaN for none.
 */
export function meanFrontier(known: readonly OnFrontier[]): number {
  if (known.length === 0) return Number.NaN;
  const sorted = [{ kl: 0, gain: 0 }, ...known].sort((a, b) => a.kl - b.kl);
  const roots = sorted.map(({ kl }) => Math.sqrt(Math.max(0, kl)));
  const gains = sorted.map(({ gain }) => gain);
  const last = roots.at(-1)!;
  return meanOver([0, MOST_KL], (kl) => linearAt(roots, gains, Math.min(last, Math.sqrt(kl)))!);
}
