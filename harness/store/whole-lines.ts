import { closeSync, fstatSync, openSync, readSync } from 'node:fs';
import { requirePlainFile } from '../plain-file.js';

/** Bytes of a file held at a time, if its lines are no longer. */
const CHUNK = 2 ** 20;

/**
 * A file in pieces that end with a line, each to be read before the next is asked for; what stands after the
 * last newline is left out.
 */
export function* wholeLines(path: string): Generator<Buffer> {
  requirePlainFile(path);
  const file = openSync(path, 'r');
  try {
    const chunk = Buffer.allocUnsafe(Math.min(CHUNK, Math.max(1, fstatSync(file).size)));
    let begun = Buffer.alloc(0); // kept as bytes, since a chunk may end inside a character
    for (let n = readSync(file, chunk); n > 0; n = readSync(file, chunk)) {
      const read = chunk.subarray(0, n);
      const end = read.lastIndexOf('\n') + 1;
      if (end > 0)
        yield begun.length === 0 ? read.subarray(0, end) : Buffer.concat([begun, read.subarray(0, end)]);
      begun = Buffer.concat(end > 0 ? [read.subarray(end)] : [begun, read]);
    }
  } finally {
    closeSync(file);
  }
}
