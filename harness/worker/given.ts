import { dirname, extname, resolve } from 'node:path';
import type { OpenDataset } from '../contracts/dataset.js';
import { TiltyardError } from '../errors.js';
import { hashTokenizerFolder } from '../policy/checkpoint/files.js';
import { difference, filesOf, type GivenData } from '../store/given.js';
import type { RunSpec } from '../store/spec.js';

/** What an open dataset read from the user's files; null where it read none. */
export function givenData(
  { account, tokenizer }: OpenDataset,
  { params, baseDir }: RunSpec['dataset'],
): GivenData | null {
  const files = Object.fromEntries(
    (account?.sources ?? []).map(({ file, sha256 }) => [resolve(baseDir, file), sha256] as const),
  );
  const folder = tokenizer.folder === undefined ? null : resolve(tokenizer.folder);
  if (folder === null && Object.keys(files).length === 0) return null;
  const named = Object.values(params).flatMap((value) =>
    typeof value === 'string' ? [resolve(baseDir, value)] : [],
  );
  const endings = new Map(Object.keys(files).map((path) => [dirname(path), extname(path)]));
  return {
    files,
    folders: [...endings].flatMap(([path, ending]) => (named.includes(path) ? [{ path, ending }] : [])),
    tokenizer: folder === null ? null : { path: folder, ...hashTokenizerFolder(folder) },
  };
}

/**
 * Holds what a run has opened to what was there when it was planned.
 * @throws TiltyardError naming the file that changed
 */
export function checkGiven({ dataset }: RunSpec, open: OpenDataset): void {
  const { given, name } = dataset;
  const now = givenData(open, dataset);
  if (given === undefined || now === null) return;
  const changed = difference(filesOf(given), filesOf(now));
  if (changed === null) return;
  const what = `${changed.file} ${changed.what} since this run was planned`;
  throw new TiltyardError('data-changed', `dataset ${name}: ${what}; start a new run`, { exitCode: 1 });
}
