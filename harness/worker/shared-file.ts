import { createHash } from 'node:crypto';
import { existsSync, readFileSync } from 'node:fs';
import { TiltyardError } from '../errors.js';
import { readJson } from '../store/atomic.js';
import type { RunPaths } from '../store/layout.js';
import type { OutcomeRow } from '../store/records.js';

/** SHA-256 of a file's bytes, hex: what the run that wrote it says of it in its outcome. */
export const hashOfFile = (path: string): string =>
  createHash('sha256').update(readFileSync(path)).digest('hex');

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
  const bytes = readFileSync(path);
  const recorded = readJson<OutcomeRow>(run.outcome).sharedHash;
  const hash = createHash('sha256').update(bytes).digest('hex');
  if (hash === recorded) return bytes.toString('utf8');
  const hashes = `hash ${hash.slice(0, 12)}, recorded ${recorded?.slice(0, 12) ?? 'none'}`;
  throw refuse(`is not what its run finished with (${hashes})`);
}
