import { existsSync, readdirSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { TiltyardError } from '../../../harness/errors.js';
import type { Template } from '../../../harness/policy/tokenizers/chat.js';
import { pairOf, type RawPair } from '../rows.js';

const COLUMNS = ['prompt', 'chosen', 'rejected', 'margin'];

/**
 * Preference rows of a Parquet file, or of a folder's `*.parquet` in the order of their names (the shards of one split). Other columns
 * are not read. @param dropEmpty as in `pairOf`
 * @throws TiltyardError with file and row for anything that is not such a row
 */
export async function readParquetPairs(path: string, template: Template, dropEmpty = false): Promise<RawPair[]> {
  if (!existsSync(path)) throw new TiltyardError('missing-file', `dataset parquet: no file ${path}; check the path (relative ones start at the experiment file)`);
  const files = statSync(path).isDirectory() ? readdirSync(path).filter((name) => name.endsWith('.parquet')).sort().map((name) => join(path, name)) : [path];
  if (files.length === 0) throw new TiltyardError('missing-file', `dataset parquet: ${path} holds no *.parquet; give a file, or the folder of its shards`);
  const out: RawPair[] = [];
  let n = 0;
  for (const file of files) {
    for (const [i, row] of (await rowsOf(file)).entries()) {
      // 64-bit integers come as BigInt.
      const margin = row['margin'];
      const pair = pairOf(typeof margin === 'bigint' ? { ...row, margin: Number(margin) } : row, { id: String(++n), at: `${file}:${i + 1}` }, template, dropEmpty);
      if (pair !== null) out.push(pair);
    }
  }
  if (out.length === 0) throw new TiltyardError('empty-dataset', `${path}: has no rows with prompt, chosen and rejected`);
  return out;
}

async function rowsOf(path: string): Promise<Record<string, unknown>[]> {
  // Loaded here: every worker of every experiment loads this file.
  const [{ asyncBufferFromFile, parquetMetadataAsync, parquetReadObjects }, { compressors }] = await Promise.all([import('hyparquet'), import('hyparquet-compressors')]);
  let metadata: Awaited<ReturnType<typeof parquetMetadataAsync>>;
  const file = await asyncBufferFromFile(path);
  try {
    metadata = await parquetMetadataAsync(file);
  } catch (error) {
    throw new TiltyardError('bad-parquet', `${path}: not a Parquet file (${(error as Error).message}); download it again`, { cause: error });
  }
  const has = metadata.schema[0]!.num_children === undefined ? [] : topLevel(metadata.schema);
  const missing = ['chosen', 'rejected'].filter((name) => !has.includes(name));
  if (missing.length > 0) throw new TiltyardError('missing-column', `${path}: no column ${missing.join(' and ')}; it has ${has.join(', ')}. Rename yours to prompt, chosen and rejected`);
  try {
    return await parquetReadObjects({ file, metadata, compressors, columns: COLUMNS.filter((name) => has.includes(name)) });
  } catch (error) {
    throw new TiltyardError('bad-parquet', `${path}: cannot be read (${(error as Error).message}); download it again, or write it anew with snappy compression`, { cause: error });
  }
}

/** Names of the columns: the root's own children in the depth-first list of a schema. */
function topLevel(schema: readonly { readonly name: string; readonly num_children?: number | undefined }[]): string[] {
  const names: string[] = [];
  const skip = (at: number): number => {
    let next = at + 1;
    for (let child = 0; child < (schema[at]!.num_children ?? 0); child++) next = skip(next);
    return next;
  };
  for (let at = 1; at < schema.length; at = skip(at)) names.push(schema[at]!.name);
  return names;
}
