import { existsSync, readdirSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { isCheckpoint } from '../store/layout.js';
import type { StoredRun } from '../store/read.js';
import { isFinal } from './final.js';

/** Removes what kills left of files that were being written, and checkpoints of runs that have ended. */
export function tidy(dir: string, runs: readonly StoredRun[]): void {
  removeFrom(dir, isTemporary);
  for (const run of runs) {
    removeFrom(run.dir, isFinal(run) ? (name) => isTemporary(name) || isCheckpoint(name) : isTemporary);
  }
}

const isTemporary = (name: string): boolean => name.endsWith('.tmp');

function removeFrom(dir: string, unwanted: (name: string) => boolean): void {
  for (const name of existsSync(dir) ? readdirSync(dir) : []) {
    if (unwanted(name)) rmSync(join(dir, name), { recursive: true, force: true });
  }
}
