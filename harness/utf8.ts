import { isUtf8 } from 'node:buffer';
import { readFileSync } from 'node:fs';
import { TiltyardError } from './errors.js';
import { requirePlainFile } from './plain-file.js';

/**
 * Bytes as text; a byte order mark stays where it is.
 * @param at file, and line where there is one, for messages
 * @param offset of the first byte in the file
 * @throws TiltyardError with the place of the first byte that is not UTF-8
 */
export function utf8Text(bytes: Buffer, at: string, offset = 0): string {
  if (isUtf8(bytes)) return bytes.toString('utf8');
  const [a, b] = bytes;
  if (offset === 0 && ((a === 0xff && b === 0xfe) || (a === 0xfe && b === 0xff)))
    throw new TiltyardError('not-utf8', `${at}: is UTF-16; write it as UTF-8`);
  const place = firstOther(bytes);
  const byte = `byte ${offset + place} (0x${bytes[place]!.toString(16).padStart(2, '0')})`;
  throw new TiltyardError('not-utf8', `${at}: ${byte} is not UTF-8; write the file as UTF-8`);
}

/** The text of a file. @throws TiltyardError for what is no file, and for bytes that are not UTF-8 */
export function utf8File(path: string): string {
  requirePlainFile(path);
  return utf8Text(readFileSync(path), path);
}

/** The first byte that begins no letter. */
function firstOther(bytes: Buffer): number {
  const width = (lead: number): number => (lead < 0x80 ? 1 : lead < 0xe0 ? 2 : lead < 0xf0 ? 3 : 4);
  // Halving first: a file may be long.
  let [from, to] = [0, bytes.length];
  while (to - from > 64) {
    let half = (from + to) >> 1;
    while (half > from && (bytes[half]! & 0xc0) === 0x80) half--;
    if (half === from || !isUtf8(bytes.subarray(from, half))) {
      if (half === from) break;
      to = half;
    } else from = half;
  }
  let at = from;
  while (isUtf8(bytes.subarray(at, at + width(bytes[at]!)))) at += width(bytes[at]!);
  return at;
}
