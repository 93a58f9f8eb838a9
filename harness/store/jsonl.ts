import { createHash } from 'node:crypto';
import { closeSync, existsSync, mkdirSync, openSync, readFileSync, writeFileSync } from 'node:fs';
import { dirname } from 'node:path';
import { TiltyardError } from '../errors.js';
import { writeTextAtomic } from './atomic.js';
import { wholeLines } from './whole-lines.js';

/** Appends one JSON object per line, each in one write: a kill leaves at most one torn line, the last. */
export class JsonlWriter {
  private readonly file: number;
  private readonly hash = createHash('sha256');

  constructor(path: string) {
    mkdirSync(dirname(path), { recursive: true });
    if (existsSync(path)) this.hash.update(readFileSync(path));
    this.file = openSync(path, 'a');
  }

  /** @throws what the system says where the row could not be written whole */
  write(row: unknown): void {
    const line = `${JSON.stringify(row)}\n`;
    writeFileSync(this.file, line); // as one write, and on where the system took a part
    this.hash.update(line);
  }

  /** SHA-256 of all that the file holds, hex. */
  get digest(): string {
    return this.hash.copy().digest('hex');
  }

  close(): void {
    closeSync(this.file);
  }
}

/**
 * All rows. A torn last line is dropped: a kill leaves one. Other damage is refused. A missing file has no
 * rows.
 * @param fields that every row has, and not as null
 */
export function readJsonl<T>(path: string, fields: readonly (keyof T & string)[] = []): T[] {
  return [...streamJsonl<T>(path, fields)];
}

/** `readJsonl` row by row. */
export function* streamJsonl<T>(path: string, fields: readonly string[] = []): Generator<T> {
  if (!existsSync(path)) return;
  let line = 0;
  for (const bytes of wholeLines(path)) {
    const text = bytes.toString('utf8');
    for (let start = 0; start < text.length; ) {
      const end = text.indexOf('\n', start);
      const row = text.slice(start, end);
      start = end + 1;
      line++;
      if (row !== '') yield parsedRow(row, `${path}:${line}`, fields) as T;
    }
  }
}

/** A line as a row. @throws TiltyardError for one that is no object */
export function parsedRow(row: string, at: string, fields: readonly string[] = []): object {
  const refuse = (what: string, cause?: unknown): TiltyardError =>
    new TiltyardError('bad-jsonl', `${at}: ${what}; remove the line`, { cause });
  let value: unknown;
  try {
    value = JSON.parse(row);
  } catch (error) {
    throw refuse(`not valid JSON (${(error as Error).message})`, error);
  }
  if (typeof value !== 'object' || value === null) throw refuse('is no row');
  const lacking = fields.find((field) => (value as Record<string, unknown>)[field] == null);
  if (lacking !== undefined) throw refuse(`is no row, as it lacks ${lacking}`);
  return value;
}

/** SHA-256 of the bytes of the first `count` lines, hex; null where there are fewer. */
export function firstRows(path: string, count: number): string | null {
  const hash = createHash('sha256');
  let left = count;
  for (const bytes of existsSync(path) && count > 0 ? wholeLines(path) : []) {
    let end = 0;
    while (left > 0 && end < bytes.length) {
      end = bytes.indexOf('\n', end) + 1;
      left--;
    }
    hash.update(bytes.subarray(0, end));
    if (left === 0) break;
  }
  return left === 0 ? hash.digest('hex') : null;
}

/** Keeps the rows for which `keep` holds (called in order), atomically. */
export function truncateJsonl<T>(path: string, keep: (row: T) => boolean): void {
  if (!existsSync(path)) return;
  const rows = readJsonl<T>(path).filter(keep);
  writeTextAtomic(path, rows.map((row) => `${JSON.stringify(row)}\n`).join(''));
}
