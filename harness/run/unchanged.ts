import { existsSync, readdirSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { TiltyardError } from '../errors.js';
import { hashFile } from '../hash.js';
import { storePaths } from '../store/layout.js';
import { type Digests, difference, filesOf, type GivenData, within } from '../store/given.js';
import { readExperiment, type StoredExperiment } from '../store/read.js';
import { readSuite } from './suite.js';

/**
 * Holds what the runs of a folder read from the user's files (rows, tokenizer, checkpoint) to what was there
 * when they were planned, before any of them goes on.
 * @returns what cannot be told, a sentence each
 * @throws TiltyardError naming the first file that changed, is gone or was added
 */
export async function checkUnchanged(dir: string): Promise<string[]> {
  const folders = existsSync(storePaths(dir).suite)
    ? readSuite(dir).members.map((member) => join(dir, member))
    : [dir];
  const notes: string[] = [];
  for (const folder of folders) notes.push(...(await checkExperiment(readExperiment(folder), dir)));
  return notes;
}

async function checkExperiment({ runs, data }: StoredExperiment, dir: string): Promise<string[]> {
  const [first] = runs;
  if (first === undefined) return [];
  const { policy, dataset } = first.spec;
  const { checkpoint } = policy;
  if (checkpoint !== undefined) {
    const setting = `policy.checkpoint: ${checkpoint.path}`;
    if (checkpoint.files === undefined) {
      const why = 'which kept no digest of each of its files, so whether it has changed cannot be told';
      const remedy = 'start a new run with --out';
      throw new TiltyardError(
        'no-digests',
        `${dir}: ${setting}: planned by an older tiltyard, ${why}; ${remedy}`,
      );
    }
    // Late, as all of the policy is.
    const { filesOfModel } = await import('../policy/checkpoint/files.js');
    const now = within(checkpoint.path, filesOfModel(checkpoint.path).files);
    refuseChange('policy.checkpoint', within(checkpoint.path, checkpoint.files), now, dir);
  }
  // Folders of an older version have the rows' digests alone.
  const older = data === null ? null : onlyRows(data.sources, dataset.baseDir);
  const given = dataset.given ?? older;
  if (given === null) return [];
  refuseChange(`dataset ${dataset.name}`, filesOf(given), await filesNow(given), dir);
  if (dataset.given !== undefined) return [];
  return [`${dir}: planned by an older tiltyard: whether its tokenizer has changed since cannot be told`];
}

const onlyRows = (
  sources: readonly { readonly file: string; readonly sha256: string }[],
  baseDir: string,
): GivenData => ({
  files: Object.fromEntries(sources.map(({ file, sha256 }) => [resolve(baseDir, file), sha256])),
  folders: [],
  tokenizer: null,
});

/** The same files as they are now, and those that came into the folders beside them. */
async function filesNow({ files, folders, tokenizer }: GivenData): Promise<Digests> {
  const { hashTokenizerFolder } = await import('../policy/checkpoint/files.js');
  const inFolders = folders.flatMap(({ path, ending }) =>
    (existsSync(path) ? readdirSync(path) : [])
      .filter((name) => name.endsWith(ending))
      .map((name) => join(path, name)),
  );
  const paths = new Set([...Object.keys(files), ...inFolders].filter((path) => existsSync(path)));
  return {
    ...Object.fromEntries([...paths].map((path) => [path, hashFile(path)])),
    ...(tokenizer === null ? {} : within(tokenizer.path, hashTokenizerFolder(tokenizer.path).files)),
  };
}

function refuseChange(setting: string, before: Digests, now: Digests, dir: string): void {
  const changed = difference(before, now);
  if (changed === null) return;
  const { file, what } = changed;
  const back = what === 'was added' ? 'take it away' : 'bring it back as it was';
  const remedy = `${back}, or start a new run with --out (tiltyard report ${dir} needs no such file)`;
  throw new TiltyardError('input-changed', `${setting}: ${file} ${what} since ${dir} was planned; ${remedy}`);
}
