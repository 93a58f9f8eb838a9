import { closeSync, existsSync, fstatSync, mkdirSync, openSync, readSync, writeSync } from 'node:fs';
import { dirname } from 'node:path';
import { TiltyardError } from '../errors.js';
import { writeTextAtomic } from './atomic.js';

/** Appends one JSON object per line, each in one write: a kill leaves at most one torn line, the last. */
export class JsonlWriter {
  private readonly file: number;

  constructor(path: string) {
    mkdirSync(dirname(path), { recursive: true });
    this.file = openSync(path, 'a');
  }

  write(row: unknown): void {
    writeSync(this.file, `${JSON.stringify(row)}\n`);
  }

  close(): void {
    closeSync(this.file);
  }
}

/**
 * All rows. A torn last line is dropped: a kill leaves one. Other damage is refused. A missing file has no
 * rows.
 */
export function readJsonl<T>(path: string): T[] {
  return [...streamJsonl<T>(path)];
}

/** `readJsonl` row by row. */
export function* streamJsonl<T>(path: string): Generator<T> {
  if (!existsSync(path)) return;
  let line = 0;
  for (const text of wholeLines(path)) {
    for (let start = 0; start < text.length; ) {
      const end = text.indexOf('\n', start);
      const row = text.slice(start, end);
      start = end + 1;
      line++;
      if (row === '') continue;
      try {
        yield JSON.parse(row) as T;
      } catch (error) {
        throw new TiltyardError(
          'bad-jsonl',
          `${path}:${line}: not valid JSON (${(error as Error).message}); remove the line`,
          { cause: error },
        );
      }
    }
  }
}

/** Bytes of a file held at a time, if its lines are no longer. */
const CHUNK = 2 ** 20;

/** A file as texts that end with a line; what stands after the last newline is left out. */
function* wholeLines(path: string): Generator<string> {
  const file = openSync(path, 'r');
  try {
    const chunk = Buffer.allocUnsafe(Math.min(CHUNK, Math.max(1, fstatSync(file).size)));
    let begun = Buffer.alloc(0); // kept as bytes, since a chunk may end inside a character
    for (let n = readSync(file, chunk); n > 0; n = readSync(file, chunk)) {
      const read = chunk.subarray(0, n);
      const end = read.lastIndexOf('\n') + 1;
      if (end > 0)
        yield (
          begun.length === 0 ? read.subarray(0, end) : Buffer.concat([begun, read.subarray(0, end)])
        ).toString('utf8');
      begun = Buffer.concat(end > 0 ? [read.subarray(end)] : [begun, read]);
    }
  } finally {
    closeSync(file);
  }
}

/** Keeps the rows for which `keep` holds (called in order), atomically. */
export function truncateJsonl<T>(path: string, keep: (row: T) => boolean): void {
  if (!existsSync(path)) return;
  const rows = readJsonl<T>(path).filter(keep);
  writeTextAtomic(path, rows.map((row) => `${JSON.stringify(row)}\n`).join(''));
}
