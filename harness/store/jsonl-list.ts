import { closeSync, existsSync, openSync, readSync } from 'node:fs';
import { lazyList } from '../lazy-list.js';
import { parsedRow } from './jsonl.js';
import { wholeLines } from './whole-lines.js';

/** Bytes of rows that are kept; what holds more is read again, row by row. */
const KEPT = 2 ** 23;

/** Closes the files of lists that nobody reads any more. */
const forgotten = new FinalizationRegistry<number>(closeSync);

/**
 * The rows that `readJsonl` gives, of a file of any size: the first ones are kept, the others are read where
 * they are looked at, as long as the file stays as it is.
 * @param most bytes of rows that are kept
 * @throws TiltyardError as `readJsonl` does
 */
export function jsonlList<T>(path: string, most = KEPT): readonly T[] {
  if (!existsSync(path)) return [];
  const kept: T[] = [];
  /** Where each row that is not kept begins, bytes; blank lines behind it are read with it. */
  const starts: number[] = [];
  let [at, line] = [0, 0];
  for (const bytes of wholeLines(path)) {
    for (let start = 0; start < bytes.length; ) {
      const end = bytes.indexOf('\n', start);
      const row = bytes.toString('utf8', start, end);
      line++;
      if (row !== '') {
        const value = parsedRow(row, `${path}:${line}`) as T;
        if (starts.length === 0 && at + end - start <= most) kept.push(value);
        else starts.push(at);
      }
      at += end + 1 - start;
      start = end + 1;
    }
  }
  if (starts.length === 0) return kept;
  const file = openSync(path, 'r');
  const rowFrom = (start: number, end: number): T =>
    parsedRow(textOf(file, start, end), `${path}: the row at byte ${start}`) as T;
  const list = lazyList(kept.length + starts.length, (i) => {
    const place = i - kept.length;
    return place < 0 ? kept[i]! : rowFrom(starts[place]!, starts[place + 1] ?? at);
  });
  forgotten.register(list, file);
  return list;
}

function textOf(file: number, start: number, end: number): string {
  const bytes = Buffer.allocUnsafe(end - start);
  let read = 0;
  for (let n = -1; n !== 0 && read < bytes.length; read += n)
    n = readSync(file, bytes, read, bytes.length - read, start + read);
  return bytes.toString('utf8', 0, read);
}
