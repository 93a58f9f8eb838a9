import {
  closeSync,
  fsyncSync,
  mkdirSync,
  openSync,
  readFileSync,
  renameSync,
  rmSync,
  writeFileSync,
} from 'node:fs';
import { dirname } from 'node:path';
import { TiltyardError } from '../errors.js';
import { requirePlainFile } from '../plain-file.js';

/**
 * Whether this process may ask the system to put what it wrote on the disk now. One whose files Node's
 * permissions limit may not: what it wrote is held to its digest by whoever takes it up.
 */
export const canFlush = (process as { permission?: unknown }).permission === undefined;

/**
 * Writes JSON so that a reader sees the old file or the new one, never a part: temporary file, fsync, rename,
 * fsync of the folder.
 */
export function writeJsonAtomic(path: string, value: unknown): void {
  writeTextAtomic(path, `${JSON.stringify(value, null, 2)}\n`);
}

export function writeTextAtomic(path: string, text: string | Uint8Array): void {
  mkdirSync(dirname(path), { recursive: true });
  const temporary = `${path}.${process.pid}.tmp`;
  try {
    const file = openSync(temporary, 'w');
    try {
      writeFileSync(file, text);
      if (canFlush) fsyncSync(file);
    } finally {
      closeSync(file);
    }
    renameSync(temporary, path);
  } catch (error) {
    rmSync(temporary, { force: true });
    throw error;
  }
  if (!canFlush) return;
  const folder = openSync(dirname(path), 'r');
  try {
    fsyncSync(folder);
  } finally {
    closeSync(folder);
  }
}

/** @throws TiltyardError naming the file, where it is missing or not JSON */
export function readJson<T>(path: string): T {
  let text: string;
  requirePlainFile(path);
  try {
    text = readFileSync(path, 'utf8');
  } catch (error) {
    throw new TiltyardError('missing-file', `${path}: cannot be read; check the path`, { cause: error });
  }
  try {
    return JSON.parse(text) as T;
  } catch (error) {
    throw new TiltyardError(
      'bad-json',
      `${path}: not valid JSON (${(error as Error).message}); delete it or restore it`,
      { cause: error },
    );
  }
}
