import type { RunSpec } from '../store/spec.js';

/** Runs whose results a run reads, by id. */
export const inputsOf = ({ inputs }: RunSpec): string[] =>
  Object.values(inputs).filter((id): id is string => id !== null);

/**
 * For each run, how long it is from its start to the end of the last run that waits for it, were there a core
 * for each: by the longest of the chains that it begins.
 * @param specs inputs before what needs them
 * @param secondsOf what a run takes by itself
 */
export function longestPaths(
  specs: readonly RunSpec[],
  secondsOf: (spec: RunSpec) => number,
): ReadonlyMap<string, number> {
  const after = new Map<string, number>();
  const paths = new Map<string, number>();
  for (const spec of specs.toReversed()) {
    const path = secondsOf(spec) + (after.get(spec.id) ?? 0);
    paths.set(spec.id, path);
    for (const id of inputsOf(spec)) after.set(id, Math.max(after.get(id) ?? 0, path));
  }
  return paths;
}
