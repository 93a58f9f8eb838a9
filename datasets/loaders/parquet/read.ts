import { existsSync, readdirSync, statSync } from 'node:fs';
import { join } from 'node:path';
import type { AsyncBuffer, FileMetaData } from 'hyparquet';
import { TiltyardError } from '../../../harness/errors.js';
import { hashOfFile, requireFile, type Source, type SourceRow } from '../source.js';

/** Bytes that the columns of one row group may unpack to. */
const LARGEST_GROUP = 2 ** 31;
/** Levels of a schema. */
const DEEPEST = 64;

/**
 * The rows of a Parquet file, or of a folder's `*.parquet` in the order of their names (the shards of one
 * split). @param wanted columns to read; others are not
 * @throws TiltyardError with file and row
 */
export function parquetSources(path: string, wanted: readonly string[]): Source[] {
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

async function* rowsOf(path: string, wanted: readonly string[]): AsyncGenerator<SourceRow> {
  // Loaded here: every worker of every experiment loads this file.
  const [{ asyncBufferFromFile, parquetMetadataAsync, parquetReadObjects }, { compressors }] =
    await Promise.all([import('hyparquet'), import('hyparquet-compressors')]);
  const file = new LateFile(await asyncBufferFromFile(path));
  const metadata = await guarded(path, 'download it again', 'not a Parquet file', async () => {
    const read = await parquetMetadataAsync(file);
    requireSound(read, file);
    return read;
  });
  const all = topLevel(metadata.schema);
  const columns = all.filter((name) => wanted.includes(name));
  if (columns.length === 0 && metadata.num_rows > 0n) yield { at: `${path}:1`, value: withNames({}, all) };
  let rowStart = 0;
  for (const group of columns.length === 0 ? [] : metadata.row_groups) {
    const rowEnd = rowStart + Number(group.num_rows);
    const remedy = 'download it again, or write it anew with snappy compression';
    const rows = await guarded(path, remedy, `cannot be read from row ${rowStart + 1} on`, () =>
      parquetReadObjects({ file, metadata, compressors, columns, rowStart, rowEnd }).catch((error) => {
        file.abandon();
        throw error;
      }),
    );
    if (rows.length !== rowEnd - rowStart) {
      const why = `row group has ${rows.length} rows, its header says ${rowEnd - rowStart}`;
      throw new TiltyardError('bad-parquet', `${path}:${rowStart + 1}: ${why}; download it again`);
    }
    for (const [i, row] of rows.entries()) {
      yield { at: `${path}:${rowStart + i + 1}`, value: withNames(row, all) };
    }
    rowStart = rowEnd;
  }
}

/** Columns that are not read keep their names, so that a layout is known by them. */
const withNames = (row: Readonly<Record<string, unknown>>, all: readonly string[]): object =>
  Object.fromEntries(all.map((name) => [name, plain(row[name])]));

async function guarded<T>(path: string, remedy: string, what: string, read: () => Promise<T>): Promise<T> {
  try {
    return await read();
  } catch (error) {
    const why = String((error as Error)?.message ?? error).replace(/\s+/g, ' ');
    throw new TiltyardError('bad-parquet', `${path}: ${what} (${why}); ${remedy}`, { cause: error });
  }
}

/** Numbers of a footer that reading would take on trust. */
function requireSound(metadata: FileMetaData, file: AsyncBuffer): void {
  if (!((metadata.schema[0]?.num_children ?? 0) > 0)) throw new Error('it has no columns');
  const wanted = leaves(metadata.schema);
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

/** Values as JSON has them: 64-bit integers come as BigInt. */
function plain(value: unknown): unknown {
  if (typeof value === 'bigint') return Number(value);
  if (Array.isArray(value)) return value.map(plain);
  if (typeof value !== 'object' || value === null || Object.getPrototypeOf(value) !== Object.prototype) {
    return value;
  }
  return Object.fromEntries(Object.entries(value).map(([name, item]) => [name, plain(item)]));
}

/**
 * A file whose bytes come after whoever asks for them has returned. The reader starts every column and then
 * plans the next; where planning throws, the columns that were started would fail with nobody to hear it, so
 * they get no bytes once the file is abandoned.
 */
class LateFile implements AsyncBuffer {
  private abandoned = false;

  constructor(private readonly file: AsyncBuffer) {}

  get byteLength(): number {
    return this.file.byteLength;
  }

  /** @throws Error at once for what is no part of the file */
  slice(start: number, end = this.byteLength): Promise<ArrayBuffer> {
    if (!(Number.isInteger(start) && Number.isInteger(end) && start >= 0 && start <= end)) {
      throw new Error('a column does not lie in the file');
    }
    return this.later(start, Math.min(end, this.byteLength));
  }

  private async later(start: number, end: number): Promise<ArrayBuffer> {
    await new Promise((resolve) => setImmediate(resolve));
    if (this.abandoned) await new Promise(() => undefined);
    return this.file.slice(start, end);
  }

  abandon(): void {
    this.abandoned = true;
  }
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

/** Names of the columns. */
const topLevel = (schema: Schema): string[] => [
  ...new Set(leaves(schema).map((path) => path.split('\0')[0]!)),
];
