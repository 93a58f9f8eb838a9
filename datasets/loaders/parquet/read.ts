import { existsSync, readdirSync, statSync } from 'node:fs';
import { join } from 'node:path';
import type { AsyncBuffer, FileMetaData } from 'hyparquet';
import { TiltyardError } from '../../../harness/errors.js';
import type { ColumnsToRead } from '../layout.js';
import { isKeptFloat, type Lost, lostInParsing } from '../lost.js';
import { hashOfFile, requireFile, requireMeasure, type Source, type SourceRow } from '../source.js';
import { LateFile } from './late-file.js';
import { slicesOf } from './slices.js';

/** Bytes that the columns of one row group may unpack to. */
const LARGEST_GROUP = 2 ** 31;
/** Levels of a schema. */
const DEEPEST = 64;

/**
 * The rows of a Parquet file, or of a folder's `*.parquet` in the order of their names (the shards of one
 * split). @param wanted columns to read; others are not
 * @throws TiltyardError with file and row
 */
export function parquetSources(path: string, wanted: ColumnsToRead): Source[] {
  return filesOf(path).map((file) => {
    let hex = '';
    return {
      path: file,
      async *rows() {
        hex = await hashOfFile(file);
        yield* rowsOf(file, wanted);
      },
      sha256: () => hex,
    };
  });
}

/** The file, or the shards in the folder. */
function filesOf(path: string): string[] {
  if (!existsSync(path) || !statSync(path).isDirectory()) {
    requireFile(path, 'parquet');
    return [path];
  }
  const shards = readdirSync(path).filter((name) => name.endsWith('.parquet'));
  if (shards.length === 0) {
    throw new TiltyardError(
      'missing-file',
      `dataset parquet: ${path} holds no *.parquet; give a file, or the folder of its shards`,
    );
  }
  const files = shards.sort().map((name) => join(path, name));
  for (const file of files) requireFile(file, 'parquet');
  return files;
}

async function* rowsOf(path: string, wanted: ColumnsToRead): AsyncGenerator<SourceRow> {
  const file = new LateFile(path);
  try {
    yield* rowsIn(file, path, wanted);
  } finally {
    await file.close();
  }
}

async function* rowsIn(file: LateFile, path: string, wanted: ColumnsToRead): AsyncGenerator<SourceRow> {
  // Loaded here: every worker of every experiment loads this file.
  const [{ parquetMetadataAsync, parquetReadObjects }, { compressors }, { checkPages }] = await Promise.all([
    import('hyparquet'),
    import('hyparquet-compressors'),
    import('./pages.js'),
  ]);
  const metadata = await guarded(path, 'download it again', 'not a Parquet file', async () => {
    const read = await parquetMetadataAsync(file);
    requireSound(path, read, file);
    return read;
  });
  const all = topLevel(metadata.schema);
  const floats = floatColumns(metadata.schema);
  const columns = wanted(all);
  if (columns.length === 0 && metadata.num_rows > 0n) {
    yield { at: `${path}:1`, value: withNames({}, all), lost: () => null };
  }
  let [groupStart, letters] = [0, 0];
  for (const group of columns.length === 0 ? [] : metadata.row_groups) {
    const remedy = 'download it again, or write it anew with snappy compression';
    const slices = slicesOf(path, metadata, group, columns, groupStart);
    await guarded(path, remedy, `cannot be read from row ${groupStart + 1} on`, () =>
      checkPages(file, metadata, group, columns, compressors),
    );
    for (const [rowStart, rowEnd] of slices) {
      file.nextPart();
      const rows = await guarded(path, remedy, `cannot be read from row ${rowStart + 1} on`, () =>
        parquetReadObjects({ file, metadata, compressors, parsers, columns, rowStart, rowEnd }).catch(
          (error) => {
            file.abandon();
            throw error;
          },
        ),
      );
      if (rows.length !== rowEnd - rowStart) {
        const why = `row group has ${rows.length} rows, its header says ${rowEnd - rowStart}`;
        throw new TiltyardError('bad-parquet', `${path}:${rowStart + 1}: ${why}; download it again`);
      }
      for (const [i, row] of rows.entries()) {
        letters += lettersOf(row); // a text may be written once and stand in every row
        requireMeasure(path, file.byteLength, letters);
        const lost = (used: readonly string[]): Lost | null => lostIn(row, used, floats);
        yield { at: `${path}:${rowStart + i + 1}`, value: withNames(row, all), lost };
      }
    }
    groupStart += Number(group.num_rows);
  }
}

function lettersOf(value: unknown): number {
  if (typeof value === 'string') return value.length;
  if (typeof value !== 'object' || value === null) return 0;
  return Object.values(value).reduce<number>((sum, item) => sum + lettersOf(item), 0);
}

/** Columns that are not read keep their names, so that a layout is known by them. */
const withNames = (row: Readonly<Record<string, unknown>>, all: readonly string[]): object =>
  Object.fromEntries(all.map((name) => [name, plain(row[name])]));

async function guarded<T>(path: string, remedy: string, what: string, read: () => Promise<T>): Promise<T> {
  try {
    return await read();
  } catch (error) {
    if (error instanceof TiltyardError) throw error;
    // The reader takes what it finds on trust: what it stumbles over is no reason that helps anybody.
    const stumbled = (error instanceof TypeError || error instanceof RangeError) && !('code' in error);
    const found = stumbled ? 'its bytes are not what the format says' : ((error as Error)?.message ?? error);
    const why = String(found).replace(/\s+/g, ' ');
    throw new TiltyardError('bad-parquet', `${path}: ${what} (${why}); ${remedy}`, { cause: error });
  }
}

/** Numbers of a footer that reading would take on trust. */
function requireSound(path: string, metadata: FileMetaData, file: AsyncBuffer): void {
  if (!((metadata.schema[0]?.num_children ?? 0) > 0)) throw new Error('it has no columns');
  const wanted = leaves(metadata.schema);
  const twice = wanted.find((one, i) => wanted.indexOf(one) < i);
  if (twice !== undefined) {
    const column = twice.split('\0').join('.');
    throw new TiltyardError('bad-parquet', `${path}: has two columns ${column}; leave one out`);
  }
  let rows = 0n;
  for (const { num_rows, columns } of metadata.row_groups) {
    rows += num_rows;
    let unpacked = 0n;
    const paths = columns.map((column) => column.meta_data?.path_in_schema.join('\0'));
    if (paths.length !== wanted.length || paths.some((one, i) => one !== wanted[i])) {
      throw new Error('a row group has other columns than its schema');
    }
    for (const { meta_data: column } of columns) {
      if (column === undefined) throw new Error('a column lies in another file');
      const { total_compressed_size: packed, data_page_offset: from } = column;
      const inside = packed >= 0n && from >= 0n && from + 1n <= BigInt(file.byteLength);
      if (!inside || packed > BigInt(file.byteLength)) throw new Error('a column ends after the file does');
      unpacked += column.total_uncompressed_size;
    }
    if (unpacked > BigInt(LARGEST_GROUP)) throw new Error('a row group unpacks to more than 2 GiB');
    if (num_rows < 0n || num_rows > BigInt(LARGEST_GROUP)) throw new Error('a row group has no such size');
  }
  if (rows !== metadata.num_rows) throw new Error('its row groups do not add up to its rows');
}

/** Text that is not UTF-8 is an error here; the reader's own parsers would put other characters for it. */
const utf8 = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true });
/** What parsing loses of a column of JSON, by the value that it gives. */
const lostInJson = new WeakMap<object, string>();
const parsers = {
  stringFromBytes: (bytes: Uint8Array): string => bytes && utf8.decode(bytes),
  jsonFromBytes: (bytes: Uint8Array): unknown => {
    const text = bytes && utf8.decode(bytes);
    const value: unknown = text === undefined ? text : JSON.parse(text);
    const lost = typeof value === 'object' && value !== null ? lostInParsing(text, null) : null;
    if (lost !== null) lostInJson.set(value as object, lost.what);
    return value;
  },
};

/** Values as JSON has them: 64-bit integers come as BigInt, and what is null in a struct is left out. */
function plain(value: unknown): unknown {
  if (value === undefined) return null;
  if (typeof value === 'bigint') return Number(value);
  if (Array.isArray(value)) return value.map(plain);
  if (typeof value !== 'object' || value === null || Object.getPrototypeOf(value) !== Object.prototype) {
    return value;
  }
  return Object.fromEntries(Object.entries(value).map(([name, item]) => [name, plain(item)]));
}

/**
 * Numbers of messages that Python's Jinja would write otherwise: whole ones of columns of floats, and those
 * over 2 ** 53.
 */
function lostIn(
  row: Readonly<Record<string, unknown>>,
  used: readonly string[],
  floats: ReadonlySet<string>,
): Lost | null {
  const find = (value: unknown, float: boolean): string | null => {
    if (typeof value === 'bigint') return BigInt(Number(value)) === value ? null : `the number ${value}`;
    if (typeof value === 'number')
      return float && !isKeptFloat(value) ? `the number ${value} of a float` : null;
    if (typeof value !== 'object' || value === null) return null;
    const known = lostInJson.get(value);
    if (known !== undefined) return known;
    for (const item of Object.values(value)) {
      const what = find(item, float);
      if (what !== null) return what;
    }
    return null;
  };
  for (const column of used) {
    const value = row[column];
    const what = typeof value === 'object' ? find(value, floats.has(column)) : null;
    if (what !== null) return { column, what, twice: false };
  }
  return null;
}

type Schema = readonly { readonly name: string; readonly num_children?: number | undefined }[];

/** Paths of the columns that hold values, in the depth-first order of a schema. */
function leaves(schema: Schema): string[] {
  const found: string[] = [];
  let next = 1;
  const walk = (above: readonly string[], children: number): void => {
    for (let child = 0; child < children; child++) {
      const element = schema[next++];
      if (element === undefined || above.length > DEEPEST) throw new Error('its schema is broken');
      const path = [...above, element.name];
      const below = element.num_children ?? 0;
      if (below > 0) walk(path, below);
      else found.push(path.join('\0'));
    }
  };
  walk([], schema[0]?.num_children ?? 0);
  return found;
}

/** Columns with floating-point numbers anywhere in them. */
function floatColumns(schema: FileMetaData['schema']): ReadonlySet<string> {
  const types = schema.filter(({ num_children }) => !((num_children ?? 0) > 0)).map(({ type }) => type);
  const found = leaves(schema).filter((_, i) => types[i] === 'FLOAT' || types[i] === 'DOUBLE');
  return new Set(found.map((path) => path.split('\0')[0]!));
}

/** Names of the columns. */
const topLevel = (schema: Schema): string[] => [
  ...new Set(leaves(schema).map((path) => path.split('\0')[0]!)),
];
