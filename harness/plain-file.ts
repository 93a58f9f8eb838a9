import { statSync } from 'node:fs';
import { TiltyardError } from './errors.js';

/** What is at a path where that is no file: a folder, a pipe, a device; null for a file, and for nothing. */
export function otherThanFile(path: string): string | null {
  const found = statSync(path, { throwIfNoEntry: false });
  if (found === undefined || found.isFile()) return null;
  return found.isDirectory() ? 'a folder' : found.isFIFO() ? 'a pipe' : 'a device';
}

/**
 * Before a path that a person gave is opened: a pipe would be waited for, a device read without end.
 * @throws TiltyardError where something is there and is no file
 */
export function requirePlainFile(path: string): void {
  const other = otherThanFile(path);
  if (other !== null) throw new TiltyardError('not-a-file', `${path} is ${other}, not a file; give a file`);
}
