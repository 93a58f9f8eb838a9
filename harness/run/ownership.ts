import { existsSync } from 'node:fs';
import { TiltyardError } from '../errors.js';
import { storePaths } from '../store/layout.js';
import { type Owner, type Ownership, takeLock } from './lock-file.js';

/**
 * Makes this process the owner of an output folder until it releases it. Whoever only reads needs none of it.
 * @param dir that exists
 * @param say what is worth a sentence
 * @throws TiltyardError where another process works on the folder, or may do so
 */
export async function own(dir: string, say: (note: string) => void): Promise<Ownership> {
  const ownership = await takeLock(storePaths(dir).lock, dir, say, (other, here) => {
    throw inUse(dir, other, here);
  });
  return ownership!;
}

function inUse(dir: string, { pid, host, since }: Owner, here: string): TiltyardError {
  const lock = storePaths(dir).lock;
  const who = `${dir}: process ${pid} on ${host} has worked on it since ${since}`;
  const remedy =
    host === here
      ? 'wait for its end, or end it; tiltyard view and tiltyard report work meanwhile'
      : `whether it still runs cannot be told from ${here}; where it does not, delete ${lock}`;
  return new TiltyardError('folder-in-use', `${who}; ${remedy}`);
}

/** Whether somebody works on a folder, or was killed while doing so. */
export const wasOwned = (dir: string): boolean => existsSync(storePaths(dir).lock);
