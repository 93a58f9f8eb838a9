import { existsSync } from 'node:fs';
import { hashFile } from '../hash.js';
import { writeJsonAtomic } from '../store/atomic.js';
import { runPaths, storePaths } from '../store/layout.js';
import { readPlan, type StoredRun } from '../store/read.js';
import { sealed } from '../store/seal.js';

/** A file that is not what it was when its run had ended. */
export interface Tampered {
  readonly file: string;
  readonly what: string;
}

/**
 * What ended runs left, as the process that launches saw it. A folder's own digests can be written anew by
 * whoever writes anew what they are of; what is remembered here cannot.
 */
export class Witness {
  private readonly seen = new Map<string, string>();

  /** A run has ended, or had before. */
  ended({ dir }: Pick<StoredRun, 'dir'>): void {
    const { outcome, files } = runPaths(dir);
    for (const file of [outcome, files]) if (existsSync(file)) this.seen.set(file, hashFile(file));
  }

  /** What has changed since. */
  changed(): Tampered[] {
    return [...this.seen].flatMap(([file, hash]) => {
      if (!existsSync(file)) return [{ file, what: 'is gone' }];
      return hashFile(file) === hash ? [] : [{ file, what: 'is not what was left' }];
    });
  }
}

/** Writes down what was tampered with, for every report to say. */
export function mark(dir: string, tampered: readonly Tampered[]): void {
  if (tampered.length === 0) return;
  const plan = readPlan(dir);
  writeJsonAtomic(
    storePaths(dir).plan,
    sealed({ ...plan, tampered: [...(plan.tampered ?? []), ...tampered] }),
  );
}
