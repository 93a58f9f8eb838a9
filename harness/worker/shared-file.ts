import { existsSync, readFileSync } from 'node:fs';
import { TiltyardError } from '../errors.js';
import { hashFile } from '../hash.js';
import { readJson } from '../store/atomic.js';
import type { RunPaths } from '../store/layout.js';
import type { OutcomeRow } from '../store/records.js';

/**
 * What an earlier run left for others, held to what it recorded.
 * @param run that wrote it
 * @param path of the file, one of the run's
 * @param reader stage that reads it, for messages
 * @throws TiltyardError where it is missing or not what that run finished with; a resume tries again
 */
export function readShared(run: RunPaths, path: string, reader: string): string {
  const refuse = (problem: string): TiltyardError => {
    const remedy = `delete ${run.outcome}, then tiltyard resume makes it again`;
    return new TiltyardError('input-failed', `stage ${reader}: ${path} ${problem}; ${remedy}`, {
      exitCode: 1,
    });
  };
  if (!existsSync(path)) throw refuse('is missing');
  const recorded = readJson<OutcomeRow>(run.outcome).sharedHash;
  const hash = hashFile(path);
  if (hash === recorded) return readFileSync(path, 'utf8');
  const hashes = `hash ${hash.slice(0, 12)}, recorded ${recorded?.slice(0, 12) ?? 'none'}`;
  throw refuse(`is not what its run finished with (${hashes})`);
}
