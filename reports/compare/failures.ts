import { finished, type StoredExperiment, type StoredRun } from '../../harness/store/read.js';
import type { Comparison, Failure } from './model.js';

/** The runs of either folder that failed, and the labels that only now fail. */
export const failuresOf = (a: StoredExperiment, b: StoredExperiment): Comparison['failures'] => ({
  a: a.runs.filter(failed).map(failure),
  b: b.runs.filter(failed).map(failure),
  broken: broken(a, b),
});

/** Ended, and not well; a run that is unfinished may still go on. */
const failed = ({ outcome }: StoredRun): boolean =>
  outcome !== null && !['completed', 'budget-spent', 'interrupted'].includes(outcome.outcome);

const endedWell = (run: StoredRun): boolean => finished(run) && !failed(run);

const failure = ({ spec, outcome }: StoredRun): Failure => ({
  run: spec.id,
  label: spec.label,
  seed: spec.seed,
  outcome: outcome!.outcome,
  cause: outcome!.cause?.message ?? '',
});

/**
 * Labels, shared stages too, with a failed run in B whose own seed ended well in A, or of which nothing
 * failed in A.
 */
function broken(a: StoredExperiment, b: StoredExperiment): string[] {
  const fell = b.runs.filter(failed).filter(({ spec }) => {
    const before = a.runs.filter((run) => run.spec.label === spec.label);
    if (!before.some(endedWell)) return false;
    const sameSeed = before.find((run) => run.spec.seed === spec.seed);
    return sameSeed === undefined ? !before.some(failed) : endedWell(sameSeed);
  });
  return [...new Set(fell.map(({ spec }) => spec.label))];
}
