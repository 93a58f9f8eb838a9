import { type Compressors, type FileMetaData, parquetSchema, type RowGroup } from 'hyparquet';
import { parquetHeader } from 'hyparquet/src/column.js';
import { decompressPage } from 'hyparquet/src/datapage.js';
import { getMaxDefinitionLevel, getMaxRepetitionLevel, getTreePath } from 'hyparquet/src/schema.js';
import type { LateFile } from './late-file.js';

type Header = ReturnType<typeof parquetHeader>;
type Column = NonNullable<RowGroup['columns'][number]['meta_data']>;

/** Bytes that one page may unpack to. */
const LARGEST_PAGE = 2 ** 28;
/** Bytes in which a page's header is looked for first, and then: it may hold the least and largest text. */
const WINDOWS = [2 ** 14, 2 ** 24];

/**
 * Looks through the pages of a row group before they are read. The reader takes their numbers on trust: a
 * count that a flipped bit made large is filled, value by value, until there is no memory left.
 * @param columns that will be read
 * @throws Error saying what is not as the format says
 */
export async function checkPages(
  file: LateFile,
  metadata: FileMetaData,
  { columns: chunks }: RowGroup,
  columns: readonly string[],
  compressors: Compressors,
): Promise<void> {
  const tree = parquetSchema(metadata);
  for (const { meta_data: column } of chunks) {
    if (column === undefined || !columns.includes(column.path_in_schema[0]!)) continue;
    const path = getTreePath(tree, column.path_in_schema);
    const levels = { repetition: getMaxRepetitionLevel(path), definition: getMaxDefinitionLevel(path) };
    await checkColumn(file, column, levels, compressors);
  }
}

/** The largest level of each kind that a column has. */
interface Levels {
  readonly repetition: number;
  readonly definition: number;
}

async function checkColumn(
  file: LateFile,
  column: Column,
  levels: Levels,
  compressors: Compressors,
): Promise<void> {
  const start = Number(column.dictionary_page_offset || column.data_page_offset);
  const end = Math.min(file.byteLength, start + Number(column.total_compressed_size));
  let [values, bytes] = [0, 0];
  for (let at = start; at < end - 1; ) {
    const { header, length } = await headerAt(file, at, end);
    const { compressed_page_size: packed, uncompressed_page_size: unpacked } = header;
    const body = at + length;
    const isInside = isCount(packed) && body + packed <= end;
    if (!isInside || !isCount(unpacked)) throw new Error('a page ends after its column does');
    bytes += unpacked;
    // Writers differ in what they count.
    const most = 4 * Number(column.total_uncompressed_size) + 2 ** 26;
    if (unpacked > LARGEST_PAGE || bytes > most) throw new Error('its pages are larger than it says');
    const counted = header.data_page_header ?? header.data_page_header_v2;
    if (counted !== undefined) {
      if (!isCount(counted.num_values)) throw new Error('a page has no such number of values');
      values += counted.num_values;
      if (values > Number(column.num_values)) throw new Error('a column has more values than it says');
      checkPage(new Uint8Array(await file.bytes(body, body + packed)), header, column, levels, compressors);
    }
    at = body + packed;
  }
}

const isCount = (n: unknown): n is number => Number.isInteger(n) && (n as number) >= 0;

async function headerAt(
  file: LateFile,
  at: number,
  end: number,
): Promise<{ readonly header: Header; readonly length: number }> {
  for (const window of WINDOWS) {
    const reader = { view: new DataView(await file.bytes(at, Math.min(end, at + window))), offset: 0 };
    try {
      return { header: parquetHeader(reader), length: reader.offset };
    } catch (error) {
      if (window === WINDOWS.at(-1) || at + window >= end) throw error;
    }
  }
  throw new Error('a page has no header');
}

/** Follows levels and places in a dictionary from run to run. */
function checkPage(
  packed: Uint8Array,
  { data_page_header: first, data_page_header_v2: second, uncompressed_page_size: size }: Header,
  { codec }: Column,
  levels: Levels,
  compressors: Compressors,
): void {
  if (first !== undefined) {
    const runs = new Runs(decompressPage(packed, size, codec, compressors));
    const { num_values: count, encoding } = first;
    if (levels.repetition > 0) runs.within(runs.word(), (end) => runs.skim(levels.repetition, count, end));
    let there = count;
    if (levels.definition > 0)
      runs.within(runs.word(), (end) => {
        there = runs.skim(levels.definition, count, end);
      });
    checkIndices(runs, encoding, there);
  }
  if (second !== undefined) {
    const { num_values: count, num_nulls: nulls, encoding, is_compressed: isPacked } = second;
    const { repetition_levels_byte_length: repetition, definition_levels_byte_length: definition } = second;
    const sizes = [nulls, repetition, definition];
    if (!sizes.every(isCount) || nulls > count || repetition + definition > packed.length)
      throw new Error('a page has no such levels');
    const runs = new Runs(packed);
    runs.within(repetition, (end) => {
      if (levels.repetition > 0) runs.skim(levels.repetition, count, end);
    });
    runs.within(definition, (end) => {
      if (levels.definition > 0) runs.skim(levels.definition, count, end);
    });
    const rest = packed.subarray(repetition + definition);
    const unpacked = size - repetition - definition;
    const values = isPacked === false ? rest : decompressPage(rest, unpacked, codec, compressors);
    checkIndices(new Runs(values), encoding, count - nulls);
  }
}

/** Places in a dictionary; values that are written out take their bytes, and cannot be more. */
function checkIndices(runs: Runs, encoding: string, count: number): void {
  if (count === 0 || !encoding.endsWith('_DICTIONARY')) return;
  const width = runs.byte();
  if (width > 32) throw new Error('a dictionary has no such places');
  runs.follow(width, count, runs.length);
}

/** Numbers as Parquet packs small ones: runs of one value, and groups of eight that lie bit by bit. */
class Runs {
  private at = 0;

  constructor(private readonly bytes: Uint8Array) {}

  get length(): number {
    return this.bytes.length;
  }

  byte(): number {
    const byte = this.bytes[this.at++];
    if (byte === undefined) throw new Error('a page ends before its values do');
    return byte;
  }

  /** Four bytes, the least first. */
  word(): number {
    let word = 0;
    for (let i = 0; i < 4; i++) word += this.byte() * 2 ** (8 * i);
    return word;
  }

  /** What lies in so many bytes from here, and then what follows them. */
  within(length: number, work: (end: number) => void): void {
    const end = this.at + length;
    if (end > this.length) throw new Error('a page ends before its levels do');
    work(end);
    this.at = end;
  }

  /** @returns how many of `count` levels are the largest: so many values are there */
  skim(largest: number, count: number, end: number): number {
    let there = 0;
    this.follow(32 - Math.clz32(largest), count, end, (value, times) => {
      if (value === largest) there += times;
    });
    return there;
  }

  /** @param each is told every value, where it is wanted */
  follow(width: number, count: number, end: number, each?: (value: number, times: number) => void): void {
    for (let seen = 0; seen < count; ) {
      const head = this.number(end);
      const times = head % 2 === 1 ? 8 * ((head - 1) / 2) : head / 2;
      if (head % 2 === 1) {
        const bytes = (times / 8) * width;
        const some = Math.min(times, count - seen);
        // Its last group may be cut; none is there that nothing is of.
        if (times === 0 || times >= count - seen + 512 || this.at + (some * width) / 8 > end)
          throw new Error('a page has more values than it says');
        if (each !== undefined) for (let i = 0; i < some; i++) each(this.bits(i * width, width), 1);
        this.at += bytes;
        seen += some;
      } else {
        if (times > count - seen) throw new Error('a page has more values than it says');
        let value = 0;
        for (let i = 0; i < width; i += 8) value += this.byte() * 2 ** i;
        each?.(value, times);
        seen += times;
      }
    }
  }

  /** Seven bits a byte, the least first, while the eighth is set. */
  private number(end: number): number {
    let value = 0;
    for (let shift = 0; ; shift += 7) {
      if (this.at >= end || shift > 28) throw new Error('a page ends before its values do');
      const byte = this.byte();
      value += (byte & 0x7f) * 2 ** shift;
      if (byte < 0x80) return value;
    }
  }

  /** Few bits, from a bit on. */
  private bits(from: number, width: number): number {
    let value = 0;
    for (let i = 0; i < width; i++) {
      const bit = from + i;
      value += ((this.bytes[this.at + (bit >> 3)]! >> (bit & 7)) & 1) * 2 ** i;
    }
    return value;
  }
}
