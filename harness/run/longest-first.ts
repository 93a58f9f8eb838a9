import { mean } from '../stats/moments.js';
import type { RunSpec } from '../store/spec.js';
import type { Durations } from './durations.js';
import { inputsOf, longestPaths } from './longest-paths.js';

/**
 * Of runs that could start, the one that begins the longest chain of runs that build on it, in seconds as far
 * as these are known, a step each before. Runs that nothing waits for come last, in the order of the plan
 * (every stage is measured early, so that what is left is known), and the longest first when all jobs are
 * about to begin their last ones.
 * @param ready not empty
 * @param plan every run that has not begun, inputs before what needs them
 * @param jobs runs at a time
 */
export function longestFirst(
  ready: readonly RunSpec[],
  plan: readonly RunSpec[],
  durations: Durations,
  jobs: number,
): RunSpec {
  const known = plan.flatMap((spec) => durations.of(spec) ?? []);
  const usual = known.length === 0 ? 1 : mean(known);
  const paths = longestPaths(plan, (spec) => durations.of(spec) ?? usual);
  const awaited = new Set(plan.flatMap(inputsOf));
  const first = ready.filter(({ id }) => awaited.has(id));
  if (first.length === 0 && ready.length > jobs * LAST_ROUNDS) return ready[0]!;
  const among = first.length === 0 ? ready : first;
  return among.reduce((best, spec) => (paths.get(spec.id)! > paths.get(best.id)! ? spec : best));
}

/** Runs of a job over which the longest-first order evens out when the jobs end. */
const LAST_ROUNDS = 3;
