import { TiltyardError } from '../../../harness/errors.js';
import { utf8Text } from '../../../harness/utf8.js';
import { lostInParsing } from '../lost.js';
import type { SourceRow } from '../source.js';

/** Bytes of one row; a longer one is no preference, and would not be one text in memory. */
const LONGEST_ROW = 1 << 26;
const [NEWLINE, QUOTE, BACKSLASH, COMMA] = [0x0a, 0x22, 0x5c, 0x2c];
const OPENING = new Set([0x5b, 0x7b]);
const CLOSING = new Set([0x5d, 0x7d]);
const BLANK = new Set([0x20, 0x09, 0x0a, 0x0d]);

/** The bytes of a row, the line it begins on (from 1) and its place in the file (from 0). */
interface Slice {
  readonly bytes: Buffer;
  readonly line: number;
  readonly offset: number;
}

/**
 * Values of JSON Lines, or of one JSON array where the first byte opens one and the line does not end it.
 * @throws TiltyardError with file and line for what is not UTF-8 or not JSON
 */
export async function* jsonRows(path: string, bytes: AsyncIterable<Buffer>): AsyncGenerator<SourceRow> {
  for await (const slice of slices(path, withoutMark(path, bytes))) {
    const at = `${path}:${slice.line}`;
    const text = utf8Text(slice.bytes, at, slice.offset);
    if (text.trim() === '') continue;
    yield { at, value: parsed(text, at), lost: (columns) => lostInParsing(text, columns) };
  }
}

/** Leaves a UTF-8 byte order mark out. @throws TiltyardError for UTF-16 */
async function* withoutMark(path: string, bytes: AsyncIterable<Buffer>): AsyncGenerator<Buffer> {
  let first = true;
  for await (const piece of bytes) {
    const [a, b, c] = piece;
    if (first && ((a === 0xff && b === 0xfe) || (a === 0xfe && b === 0xff))) {
      throw new TiltyardError('not-utf8', `${path}: is UTF-16; write it as UTF-8`);
    }
    yield first && a === 0xef && b === 0xbb && c === 0xbf ? piece.subarray(3) : piece;
    first = false;
  }
}

async function* slices(path: string, bytes: AsyncIterable<Buffer>): AsyncGenerator<Slice> {
  let splitter: Splitter | null = null;
  for await (const piece of bytes) {
    if (splitter === null) requireText(path, piece);
    splitter ??= piece.find((byte) => !BLANK.has(byte)) === 0x5b ? new ArraySplitter(path) : new Lines(path);
    yield* splitter.add(piece);
  }
  if (splitter !== null) yield* splitter.end();
}

/** Formats that are no text, by their first bytes. */
const OTHERS: readonly (readonly [start: string, name: string, remedy: string])[] = [
  ['PAR1', 'a Parquet file', 'use dataset: { name: parquet }'],
  ['ARROW1', 'an Arrow file', 'write it as JSON Lines or Parquet'],
  ['PK\x03\x04', 'a zip archive', 'unpack it'],
  ['BZh', 'packed with bzip2', 'unpack it, or pack it with gzip'],
  ['\x28\xb5\x2f\xfd', 'packed with Zstandard', 'unpack it, or pack it with gzip'],
  ['\xfd7zXZ', 'packed with xz', 'unpack it, or pack it with gzip'],
];

/** @throws TiltyardError for a file of another format, by its name */
function requireText(path: string, piece: Buffer): void {
  const found = OTHERS.find(([start]) =>
    piece.subarray(0, start.length).equals(Buffer.from(start, 'latin1')),
  );
  if (found === undefined) return;
  const [, name, remedy] = found;
  throw new TiltyardError('other-format', `${path}: is ${name}, no JSON; ${remedy}`);
}

/** Cuts a stream of bytes into rows. */
abstract class Splitter {
  private kept: Buffer[] = [];
  private length = 0;
  /** Place of the first byte that is kept, and the line there. */
  private offset = 0;
  private start = 1;
  protected line = 1;

  constructor(protected readonly path: string) {}

  protected get nothingKept(): boolean {
    return this.length === 0;
  }

  abstract add(piece: Buffer): Generator<Slice>;
  abstract end(): Iterable<Slice>;

  /** Bytes that belong to the row that is being read. */
  protected keep(bytes: Buffer): void {
    if (this.length + bytes.length > LONGEST_ROW) {
      const why = `is over ${LONGEST_ROW >> 20} MiB long; one object a line is expected`;
      throw new TiltyardError('row-too-long', `${this.path}:${this.start}: this row ${why}`);
    }
    this.kept.push(bytes);
    this.length += bytes.length;
  }

  /** The row is whole; `skipped` bytes stand between it and the next. */
  protected take(skipped: number): Slice {
    const slice = { bytes: Buffer.concat(this.kept), line: this.start, offset: this.offset };
    this.offset += this.length + skipped;
    this.kept = [];
    this.length = 0;
    this.start = this.line;
    return slice;
  }
}

class Lines extends Splitter {
  *add(piece: Buffer): Generator<Slice> {
    let from = 0;
    for (let to = piece.indexOf(NEWLINE); to !== -1; to = piece.indexOf(NEWLINE, from)) {
      if (to === from && this.nothingKept) {
        from = this.skipEmpty(piece, from);
        continue;
      }
      this.keep(piece.subarray(from, to));
      this.line++;
      yield this.take(1);
      from = to + 1;
    }
    this.keep(Buffer.from(piece.subarray(from)));
  }

  end(): Iterable<Slice> {
    return [this.take(0)];
  }

  /** Files of nothing but line breaks would take minutes as rows. @returns where the first other byte is */
  private skipEmpty(piece: Buffer, from: number): number {
    let to = from;
    while (piece[to] === NEWLINE) to++;
    this.line += to - from;
    this.take(to - from);
    return to;
  }
}

/** Elements of one array. Only its commas and brackets are looked at; each element is parsed by itself. */
class ArraySplitter extends Splitter {
  private depth = 0;
  private inText = false;
  private escaped = false;
  /** Elements so far: `[]` has none, `[1,]` lacks one. */
  private elements = 0;
  private blank = true;

  *add(piece: Buffer): Generator<Slice> {
    let from = 0;
    for (let i = 0; i < piece.length; i++) {
      const byte = piece[i]!;
      const outside = this.depth === 0;
      if (outside && this.elements > 0 && !BLANK.has(byte)) throw this.broken('something follows the array');
      const cut = !this.inText && (outside ? byte === 0x5b : this.depth === 1 && ends(byte));
      if (cut) {
        this.keep(piece.subarray(from, i));
        from = i + 1;
        if (outside) this.take(1);
        else yield* this.element(byte);
      } else if (!outside && !BLANK.has(byte)) {
        if (this.blank) this.startHere(piece, from, i);
        if (this.blank) from = i;
        this.blank = false;
      }
      this.read(byte);
    }
    this.keep(Buffer.from(piece.subarray(from)));
  }

  end(): Iterable<Slice> {
    if (this.depth > 0) throw this.broken('the array does not end; is the file whole?');
    return [];
  }

  /** An element begins: what stands before it are blanks. */
  private startHere(piece: Buffer, from: number, at: number): void {
    this.keep(piece.subarray(from, at));
    this.take(0);
  }

  private *element(byte: number): Generator<Slice> {
    const last = byte !== COMMA;
    if (byte === 0x7d) throw this.broken("a '}' closes nothing");
    if (this.blank && !(last && this.elements === 0)) throw this.broken('an element is missing');
    this.elements++;
    const slice = this.take(1);
    if (!this.blank) yield slice;
    this.blank = true;
  }

  private read(byte: number): void {
    if (byte === NEWLINE) this.line++;
    if (this.escaped) this.escaped = false;
    else if (this.inText && byte === BACKSLASH) this.escaped = true;
    else if (byte === QUOTE) this.inText = !this.inText;
    else if (!this.inText && OPENING.has(byte)) this.depth++;
    else if (!this.inText && CLOSING.has(byte)) this.depth--;
  }

  private broken(why: string): TiltyardError {
    const wanted = 'a JSON array of rows, or one object a line, is expected';
    return new TiltyardError('bad-json', `${this.path}:${this.line}: not valid JSON (${why}); ${wanted}`);
  }
}

const ends = (byte: number): boolean => byte === COMMA || CLOSING.has(byte);

function parsed(text: string, at: string): unknown {
  try {
    return JSON.parse(text);
  } catch (error) {
    // The engine's message quotes the text, line breaks included.
    const why = (error as Error).message.replace(/\s+/g, ' ').slice(0, 120);
    const wanted = expectedFor(text);
    throw new TiltyardError('bad-json', `${at}: not valid JSON (${why}); ${wanted}`);
  }
}

/** What to do about a line that is no JSON: by what it seems to be. */
function expectedFor(text: string): string {
  const usual = 'one object a line is expected';
  if (/[:,[]\s*(?:NaN|-?Infinity)\b/.test(text)) return 'JSON has no NaN and no Infinity: write null instead';
  if (text.startsWith('version https://git-lfs')) return 'this is a pointer of Git LFS: run git lfs pull';
  if (/^\s*<(?:!|html)/i.test(text)) return 'this is a web page: download the file itself';
  if (/[^\s]\r(?!\n)\s*[[{]/.test(text)) return 'its lines end in a carriage return alone: write line feeds';
  if (/^[\w ]+(?:,|\t)[\w ]+/.test(text)) return `this may be a table with commas or tabs; ${usual}`;
  return usual;
}
