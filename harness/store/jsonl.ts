import { closeSync, existsSync, mkdirSync, openSync, readFileSync, writeSync } from 'node:fs';
import { dirname } from 'node:path';
import { TiltyardError } from '../errors.js';
import { writeTextAtomic } from './atomic.js';

/** Appends one JSON object per line. Each row is one write: a killed process leaves whole rows and at most one torn last line. */
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

/** All rows; a torn last line is what a kill leaves and is dropped, damage anywhere else is refused. Missing file: no rows. */
export function readJsonl<T>(path: string): T[] {
  return [...streamJsonl<T>(path)];
}

export function* streamJsonl<T>(path: string): Generator<T> {
  if (!existsSync(path)) return;
  const text = readFileSync(path, 'utf8');
  let start = 0;
  for (let line = 1; start < text.length; line++) {
    const end = text.indexOf('\n', start);
    if (end < 0) return;
    const row = text.slice(start, end);
    start = end + 1;
    if (row === '') continue;
    try {
      yield JSON.parse(row) as T;
    } catch (error) {
      throw new TiltyardError('bad-jsonl', `${path}:${line}: not valid JSON (${(error as Error).message}); remove the line`, { cause: error });
    }
  }
}

/** Keeps the rows for which `keep` holds (called in order), atomically. */
export function truncateJsonl<T>(path: string, keep: (row: T) => boolean): void {
  if (!existsSync(path)) return;
  const rows = readJsonl<T>(path).filter(keep);
  writeTextAtomic(path, rows.map((row) => `${JSON.stringify(row)}\n`).join(''));
}
