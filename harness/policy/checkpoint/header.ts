import { closeSync, fstatSync, openSync, readSync } from 'node:fs';
import { TiltyardError } from '../../errors.js';
import { otherThanFile } from '../../plain-file.js';
import { repeated, rawFields } from './raw-fields.js';

/** Where an array lies in a safetensors file. */
export interface Entry {
  readonly dtype: string;
  readonly shape: readonly number[];
  /** Of its first byte in the file, and how many there are. */
  readonly offset: number;
  readonly bytes: number;
}

/** Bits of one number. */
const BITS: Readonly<Record<string, number>> = {
  BOOL: 8,
  F4: 4,
  F6_E2M3: 6,
  F6_E3M2: 6,
  U8: 8,
  I8: 8,
  F8_E5M2: 8,
  F8_E4M3: 8,
  F8_E8M0: 8,
  F8_E5M2FNUZ: 8,
  F8_E4M3FNUZ: 8,
  I16: 16,
  U16: 16,
  F16: 16,
  BF16: 16,
  I32: 32,
  U32: 32,
  F32: 32,
  I64: 64,
  U64: 64,
  F64: 64,
  C64: 64,
};

/** A longer header is refused, as the format's own library does. */
const LONGEST = 100_000_000;

const INCOMPLETE = 'the download or copy may be incomplete';

/**
 * The header of a safetensors file, held to what the format's own library asks: arrays of known types that
 * fill the file without gap, overlap or rest, each as many bytes as its shape says.
 * @throws TiltyardError naming the file, and the array where it is one
 */
export function readHeader(path: string): Map<string, Entry> {
  const refuse = refusing(path);
  const other = otherThanFile(path);
  if (other !== null) throw refuse(`is ${other}, not a file; give a folder with model.safetensors`);
  let file: number;
  try {
    file = openSync(path, 'r');
  } catch (error) {
    throw refuse('cannot be read; give a folder with model.safetensors', error);
  }
  try {
    const { size } = fstatSync(file);
    return entriesOf(headerText(file, size, path), size, path);
  } finally {
    closeSync(file);
  }
}

export const refusing =
  (path: string) =>
  (what: string, cause?: unknown): TiltyardError =>
    new TiltyardError('bad-safetensors', `${path}: ${what}`, { cause });

interface Text {
  readonly text: string;
  /** Where the arrays begin. */
  readonly end: number;
}

function headerText(file: number, size: number, path: string): Text {
  const refuse = refusing(path);
  if (size < 8) throw refuse(`not a safetensors file (${size} bytes); ${INCOMPLETE}`);
  const start = Buffer.alloc(8);
  readSync(file, start, 0, 8, 0);
  const length = start.readBigUInt64LE(0);
  if (length > BigInt(size - 8)) throw refuse(`header runs past the end of the file; ${INCOMPLETE}`);
  if (length > BigInt(LONGEST)) throw refuse(`header of ${length} bytes; at most ${LONGEST} are read`);
  const bytes = Buffer.alloc(Number(length));
  readSync(file, bytes, 0, bytes.length, 8);
  try {
    return { text: new TextDecoder('utf-8', { fatal: true }).decode(bytes), end: 8 + bytes.length };
  } catch (error) {
    throw refuse('header is not UTF-8; this is not a safetensors file', error);
  }
}

function entriesOf({ text, end }: Text, size: number, path: string): Map<string, Entry> {
  const refuse = refusing(path);
  let header: unknown;
  try {
    header = JSON.parse(text);
  } catch (error) {
    throw refuse('header is not JSON; this is not a safetensors file', error);
  }
  if (typeof header !== 'object' || header === null || Array.isArray(header))
    throw refuse('header is not a JSON object; this is not a safetensors file');
  const twice = repeated(rawFields(text));
  if (twice !== undefined) throw refuse(`header names '${twice}' twice; write the file again`);
  const entries = new Map<string, Entry>();
  for (const [name, value] of Object.entries(header)) {
    if (name === '__metadata__') checkMetadata(value, path);
    else entries.set(name, entryOf(name, value, end, path));
  }
  checkFilled(entries, end, size, path);
  return entries;
}

function checkMetadata(value: unknown, path: string): void {
  const texts = typeof value === 'object' && value !== null && !Array.isArray(value);
  if (texts && Object.values(value).every((text) => typeof text === 'string')) return;
  throw refusing(path)('__metadata__ of the header should be an object of texts; write the file again');
}

const isCount = (value: unknown): value is number => Number.isSafeInteger(value) && (value as number) >= 0;

function entryOf(name: string, value: unknown, end: number, path: string): Entry {
  const refuse = refusing(path);
  const { dtype, shape, data_offsets: offsets } = (value ?? {}) as Readonly<Record<string, unknown>>;
  const at = `array '${name}'`;
  const advice = 'the file is damaged, bring it again';
  const bits = typeof dtype === 'string' && Object.hasOwn(BITS, dtype) ? BITS[dtype]! : undefined;
  if (bits === undefined)
    throw refuse(`${at}: dtype ${JSON.stringify(dtype)} is none of safetensors; ${advice}`);
  if (!Array.isArray(shape) || !shape.every(isCount))
    throw refuse(`${at}: shape should be a list of sizes, got ${JSON.stringify(shape)}; ${advice}`);
  const [from, to] = Array.isArray(offsets) ? (offsets as unknown[]) : [];
  if (!isCount(from) || !isCount(to) || to < from || (offsets as unknown[]).length !== 2) {
    const came = JSON.stringify(offsets);
    throw refuse(`${at}: data_offsets should be where it begins and ends, got ${came}; ${advice}`);
  }
  const bytes = (shape.reduce((product, n) => product * n, 1) * bits!) / 8;
  if (bytes !== to - from)
    throw refuse(`${at}: ${dtype} [${shape.join(', ')}] is ${bytes} bytes, its offsets say ${to - from}`);
  return { dtype: dtype as string, shape, offset: end + from, bytes };
}

/** @throws TiltyardError where arrays overlap, or bytes of the file belong to none of them */
function checkFilled(entries: ReadonlyMap<string, Entry>, start: number, size: number, path: string): void {
  const refuse = refusing(path);
  let next = start;
  const inOrder = [...entries].sort(([, a], [, b]) => a.offset - b.offset || a.bytes - b.bytes);
  for (const [name, { offset, bytes }] of inOrder) {
    if (offset + bytes > size) throw refuse(`array '${name}' runs past the end of the file; ${INCOMPLETE}`);
    if (offset !== next) {
      const what = offset < next ? 'overlaps the one before it' : `leaves ${offset - next} bytes before it`;
      throw refuse(`array '${name}' ${what}; the file is damaged, bring it again`);
    }
    next = offset + bytes;
  }
  if (next !== size)
    throw refuse(`${size - next} bytes behind the last array; the file is damaged, bring it again`);
}
