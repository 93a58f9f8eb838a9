import { createHash } from 'node:crypto';
import { existsSync, readFileSync } from 'node:fs';
import { relative } from 'node:path';
import { TiltyardError } from '../errors.js';
import { readJson } from '../store/atomic.js';
import { changed, digestsOf, leftIn } from '../store/files.js';
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
  if (!existsSync(path)) throw refusal(run, path, 'is missing', reader);
  const bytes = readFileSync(path); // read once: what is hashed is what is taken
  const recorded = readJson<OutcomeRow>(run.outcome).sharedHash;
  const hash = createHash('sha256').update(bytes).digest('hex');
  if (hash === recorded) return bytes.toString('utf8');
  const hashes = `hash ${hash.slice(0, 12)}, recorded ${recorded?.slice(0, 12) ?? 'none'}`;
  throw refusal(run, path, `is not what its run finished with (${hashes})`, reader);
}

/**
 * Holds a file of an earlier run, or all files of a folder of it, to what that run left.
 * Of an older version, which kept no digests, nothing is known.
 * @throws TiltyardError as `readShared` does
 */
export function checkLeft(run: RunPaths, path: string, reader: string): void {
  const known = digestsOf(run);
  if (known === null) return;
  const within = relative(run.dir, path);
  const isOfIt = (name: string): boolean => name === within || name.startsWith(`${within}/`);
  const files = Object.fromEntries(Object.entries(known).filter(([name]) => isOfIt(name)));
  const [first] = changed(run.dir, files, leftIn(run.dir).filter(isOfIt));
  if (first !== undefined) throw refusal(run, first.file, first.what, reader);
}

function refusal(run: RunPaths, path: string, problem: string, reader: string): TiltyardError {
  const remedy = `delete ${run.outcome}, then tiltyard resume makes it again`;
  return new TiltyardError('input-failed', `stage ${reader}: ${path} ${problem}; ${remedy}`, { exitCode: 1 });
}
