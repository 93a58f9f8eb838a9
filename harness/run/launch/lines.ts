import type { Readable } from 'node:stream';

/** Bytes of a line that are kept; a longer one is no message. */
const LONGEST = 2 ** 20;

/** Calls back with each line of a stream; of one that is too long with its beginning, and holds no more. */
export function eachLine(stream: Readable, onLine: (line: string) => void): void {
  let begun = '';
  stream.setEncoding('utf8').on('data', (text: string) => {
    const pieces = text.split('\n');
    const last = pieces.pop()!;
    for (const piece of pieces) {
      onLine(begun + piece);
      begun = '';
    }
    begun = (begun + last).slice(0, LONGEST);
  });
  stream.on('error', () => undefined); // the end of the process tells
}
