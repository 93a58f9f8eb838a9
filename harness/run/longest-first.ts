import { mean } from '../stats/moments.js';
import type { RunSpec } from '../store/spec.js';
import type { Durations } from './durations.js';
import { inputsOf, longestPaths } from './longest-paths.js';

/**
 * Of runs that could start, the next one. What no run has measured comes first, so that a stage that cannot
 * run is known early, and so is how long all of them take. Then the one that begins the longest chain of runs
 * that build on it, in seconds as far as these are known, a usual run's each before. Runs that nothing waits
 * for come last, in the order of the plan, and the longest first when all jobs are about to begin their last
 * ones.
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
  const unmeasured = ready.filter((spec) => durations.of(spec) === null);
  const among = unmeasured.length === 0 ? ready : unmeasured;
  const first = among.filter(({ id }) => awaited.has(id));
  const isLate = unmeasured.length === 0 && ready.length <= jobs * LAST_ROUNDS;
  if (first.length === 0 && !isLate) return among[0]!;
  return (first.length === 0 ? among : first).reduce((best, spec) =>
    paths.get(spec.id)! > paths.get(best.id)! ? spec : best,
  );
}

/** Runs of a job over which the longest-first order evens out when the jobs end. */
const LAST_ROUNDS = 3;
