import { mean } from './moments.js';

/**
 * Aggregates over runs and tasks (Agarwal et al. 2021, arXiv:2108.13264). Scores are normalised by the
 * caller, e.g. 0 the start and 1 the optimum; each inner array is one task's runs.
 */

/** Mean of the middle half of all scores: a quarter is cut from each end, rounded down. NaN for no scores. */
export const interquartileMean = (tasks: readonly (readonly number[])[]): number =>
  middleMean(Float64Array.from(tasks.flat()));

/** `interquartileMean` of scores in one array, which it sorts. */
export function middleMean(scores: Float64Array): number {
  scores.sort();
  const cut = Math.floor(scores.length / 4);
  return mean(scores.subarray(cut, scores.length - cut));
}

/** How far scores fall short of `target` on average; what is beyond it does not count. */
export const optimalityGap = (tasks: readonly (readonly number[])[], target = 1): number =>
  mean(tasks.flat().map((x) => Math.max(0, target - x)));

/**
 * P(X > Y) of a random run each, ties as half, averaged over tasks. @throws RangeError where the tasks do not
 * match
 */
export function probabilityOfImprovement(
  x: readonly (readonly number[])[],
  y: readonly (readonly number[])[],
): number {
  if (x.length !== y.length || x.length === 0)
    throw new RangeError(
      `probabilityOfImprovement: needs the same tasks for both, got ${x.length} and ${y.length}`,
    );
  return mean(
    x.map((runs, task) => mean(runs.map((a) => mean(y[task]!.map((b) => (a > b ? 1 : a === b ? 0.5 : 0)))))),
  );
}
