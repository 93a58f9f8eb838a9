import { existsSync, readdirSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { confinedPaths, externalPaths, isCheckpoint } from '../store/layout.js';
import type { StoredRun } from '../store/read.js';
import { isFinal } from './final.js';

/**
 * Removes what kills left of files that were being written, and of runs that have ended their checkpoints and
 * what was laid out for them.
 * @param elsewhere whether others may be at work on runs that have not ended
 */
export function tidy(dir: string, runs: readonly StoredRun[], elsewhere = false): void {
  removeFrom(dir, isTemporary);
  for (const run of runs) {
    if (!isFinal(run)) {
      if (!elsewhere) tidyUnfinished(run);
    } else {
      removeFrom(run.dir, (name) => isTemporary(name) || isCheckpoint(name));
      for (const { dir: beside } of [confinedPaths(run.dir), externalPaths(run.dir)])
        rmSync(beside, { recursive: true, force: true });
    }
  }
}

/** Removes what a kill left of files that were being written, where nobody writes them any more. */
export const tidyUnfinished = ({ dir }: Pick<StoredRun, 'dir'>): void => removeFrom(dir, isTemporary);

const isTemporary = (name: string): boolean => name.endsWith('.tmp');

function removeFrom(dir: string, unwanted: (name: string) => boolean): void {
  for (const name of existsSync(dir) ? readdirSync(dir) : []) {
    if (unwanted(name)) rmSync(join(dir, name), { recursive: true, force: true });
  }
}
