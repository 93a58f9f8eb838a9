import { TiltyardError } from '../errors.js';
import { utf8Text } from '../utf8.js';

/** Bytes of one line. */
const LONGEST = 1 << 26;
const NEWLINE = 0x0a;
const MARK = '\ufeff';

/**
 * Lines of a stream of bytes, which end in a line feed and nothing else: a text may hold any other break.
 * @param source for messages
 * @throws TiltyardError with line and byte for what is not UTF-8, and for a line that does not end
 */
export async function* utf8Lines(bytes: AsyncIterable<Buffer>, source: string): AsyncGenerator<string> {
  let kept: Buffer[] = [];
  let [length, line, offset] = [0, 0, 0];
  const take = (): string => {
    const whole = Buffer.concat(kept);
    const text = utf8Text(whole, `${source}:${++line}`, offset);
    offset += whole.length + 1;
    [kept, length] = [[], 0];
    return line === 1 && text.startsWith(MARK) ? text.slice(1) : text;
  };
  const keep = (piece: Buffer): void => {
    kept.push(piece);
    length += piece.length;
    if (length <= LONGEST) return;
    const why = `is over ${LONGEST >> 20} MiB long; one object a line is expected`;
    throw new TiltyardError('row-too-long', `${source}:${line + 1}: this line ${why}`);
  };
  for await (const piece of bytes) {
    let from = 0;
    for (let to = piece.indexOf(NEWLINE); to !== -1; to = piece.indexOf(NEWLINE, from)) {
      keep(piece.subarray(from, to));
      yield take();
      from = to + 1;
    }
    keep(Buffer.from(piece.subarray(from)));
  }
  if (length > 0) yield take();
}
