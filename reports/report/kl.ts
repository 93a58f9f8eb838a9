import type { EvalRow, KlEstimates } from '../../harness/store/records.js';

/**
 * Whether completions came from something drawn on top of the policy, such as the best of several: it has no
 * density of its own to measure.
 */
export const ofSampler = ({ kl }: EvalRow): boolean => kl.raoBlackwell === null;

/**
 * The sequence KL a report shows: exact where it can be had, then a sampler's own, then Rao-Blackwellised.
 */
export function preferredKl(kl: KlEstimates): { readonly mean: number; readonly name: string } | null {
  if (kl.exact !== null) return { mean: kl.exact.mean, name: 'exact' };
  if (kl.sampler !== null) return { mean: kl.sampler.mean, name: kl.sampler.name };
  if (kl.raoBlackwell !== null) return { mean: kl.raoBlackwell.mean, name: 'Rao-Blackwellised' };
  return null;
}
