import { canonicalJson } from '../hash.js';
import { readJson, writeJsonAtomic } from '../store/atomic.js';
import { runPaths } from '../store/layout.js';
import type { StoredRun } from '../store/read.js';
import type { RunSpec } from '../store/spec.js';

/**
 * Writes a run's own plan again where it is not what the plan of all says: a worker works by what was
 * planned, whatever became of its copy.
 * @param note is told of it
 */
export function restoreSpec(
  { spec, dir }: Pick<StoredRun, 'spec' | 'dir'>,
  note: (text: string) => void,
): void {
  const path = runPaths(dir).run;
  if (isPlanned(path, spec)) return;
  note(`${path}: was not what plan.json says, and is written anew`);
  writeJsonAtomic(path, spec);
}

function isPlanned(path: string, spec: RunSpec): boolean {
  try {
    return canonicalJson(readJson(path)) === canonicalJson(spec);
  } catch {
    return false;
  }
}
