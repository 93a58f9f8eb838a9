import { createHash } from 'node:crypto';
import { closeSync, openSync, readSync } from 'node:fs';
import { TiltyardError } from './errors.js';
import { requirePlainFile } from './plain-file.js';

/** JSON with sorted keys: equal values, equal text. */
export function canonicalJson(value: unknown): string {
  if (Array.isArray(value)) return `[${value.map(canonicalJson).join(',')}]`;
  if (typeof value === 'object' && value !== null) {
    const entries = Object.entries(value)
      .filter(([, v]) => v !== undefined)
      .sort(([a], [b]) => (a < b ? -1 : a > b ? 1 : 0));
    return `{${entries.map(([k, v]) => `${JSON.stringify(k)}:${canonicalJson(v)}`).join(',')}}`;
  }
  return JSON.stringify(value) ?? 'null';
}

/** SHA-256 of a value's canonical JSON, in hex. */
export const hashOf = (value: unknown): string =>
  createHash('sha256').update(canonicalJson(value)).digest('hex');

/** SHA-256 of a file's bytes, in hex. @throws TiltyardError where it cannot be read */
export function hashFile(path: string): string {
  const hash = createHash('sha256');
  const chunk = Buffer.alloc(1 << 20);
  requirePlainFile(path);
  try {
    const file = openSync(path, 'r');
    try {
      for (let n = readSync(file, chunk); n > 0; n = readSync(file, chunk)) hash.update(chunk.subarray(0, n));
    } finally {
      closeSync(file);
    }
  } catch (error) {
    throw new TiltyardError('unreadable', `${path}: cannot be read (${(error as Error).message})`, {
      cause: error,
    });
  }
  return hash.digest('hex');
}
