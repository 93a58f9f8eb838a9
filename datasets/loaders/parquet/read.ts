import { existsSync, readdirSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { TiltyardError } from '../../../harness/errors.js';
import type { Template } from '../../../harness/policy/tokenizers/chat.js';
import { pairOf, type RawPair } from '../preference-row.js';

const COLUMNS = ['prompt', 'chosen', 'rejected', 'margin'];

/**
 * Preference rows of a Parquet file, or of a folder's `*.parquet` in the order of their names (the shards of
 * one split). Other columns are not read. @param dropEmpty as in `pairOf`
 * @throws TiltyardError with file and row for anything that is not such a row
 */
export async function readParquetPairs(
  path: string,
  template: Template,
  dropEmpty = false,
): Promise<RawPair[]> {
  const files = filesOf(path);
  const out: RawPair[] = [];
  let count = 0;
  for (const file of files) {
    for (const [i, row] of (await rowsOf(file)).entries()) {
      // 64-bit integers come as BigInt.
      const margin = row['margin'];
      const plain = typeof margin === 'bigint' ? { ...row, margin: Number(margin) } : row;
      const where = { id: String(++count), at: `${file}:${i + 1}` };
      const pair = pairOf(plain, where, template, dropEmpty);
      if (pair !== null) out.push(pair);
    }
  }
  if (out.length === 0) {
    throw new TiltyardError('empty-dataset', `${path}: has no rows with prompt, chosen and rejected`);
  }
  return out;
}

/** The file, or the shards in the folder. */
function filesOf(path: string): string[] {
  if (!existsSync(path)) {
    throw new TiltyardError(
      'missing-file',
      `dataset parquet: no file ${path}; check the path (relative ones start at the experiment file)`,
    );
  }
  if (!statSync(path).isDirectory()) return [path];
  const shards = readdirSync(path).filter((name) => name.endsWith('.parquet'));
  if (shards.length > 0) return shards.sort().map((name) => join(path, name));
  throw new TiltyardError(
    'missing-file',
    `dataset parquet: ${path} holds no *.parquet; give a file, or the folder of its shards`,
  );
}

async function rowsOf(path: string): Promise<Record<string, unknown>[]> {
  // Loaded here: every worker of every experiment loads this file.
  const [{ asyncBufferFromFile, parquetMetadataAsync, parquetReadObjects }, { compressors }] =
    await Promise.all([import('hyparquet'), import('hyparquet-compressors')]);
  let metadata: Awaited<ReturnType<typeof parquetMetadataAsync>>;
  const file = await asyncBufferFromFile(path);
  try {
    metadata = await parquetMetadataAsync(file);
  } catch (error) {
    throw new TiltyardError(
      'bad-parquet',
      `${path}: not a Parquet file (${(error as Error).message}); download it again`,
      { cause: error },
    );
  }
  const columns = metadata.schema[0]!.num_children === undefined ? [] : topLevel(metadata.schema);
  const missing = ['chosen', 'rejected'].filter((name) => !columns.includes(name));
  if (missing.length > 0) {
    throw new TiltyardError(
      'missing-column',
      `${path}: no column ${missing.join(' and ')}; it has ${columns.join(', ')}. ` +
        'Rename yours to prompt, chosen and rejected',
    );
  }
  try {
    const wanted = COLUMNS.filter((name) => columns.includes(name));
    return await parquetReadObjects({ file, metadata, compressors, columns: wanted });
  } catch (error) {
    throw new TiltyardError(
      'bad-parquet',
      `${path}: cannot be read (${(error as Error).message}); ` +
        'download it again, or write it anew with snappy compression',
      { cause: error },
    );
  }
}

/** Names of the columns: the root's own children in the depth-first list of a schema. */
function topLevel(
  schema: readonly { readonly name: string; readonly num_children?: number | undefined }[],
): string[] {
  const names: string[] = [];
  const skip = (at: number): number => {
    let next = at + 1;
    for (let child = 0; child < (schema[at]!.num_children ?? 0); child++) next = skip(next);
    return next;
  };
  for (let at = 1; at < schema.length; at = skip(at)) names.push(schema[at]!.name);
  return names;
}
