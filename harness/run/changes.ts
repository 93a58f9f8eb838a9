import { existsSync, readdirSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { digestsFrom } from '../config/code.js';
import { TiltyardError } from '../errors.js';
import { hashFile } from '../hash.js';
import { type Digests, difference, filesOf, type GivenData, within } from '../store/given.js';
import type { StoredExperiment } from '../store/read.js';
import type { RunSpec } from '../store/spec.js';
import { givenModels } from './given-models.js';

/** A file of the user's that is not what it was when the runs were planned. */
export interface Change {
  /** The setting that names it. */
  readonly setting: string;
  readonly file: string;
  readonly what: string;
}

/**
 * What of the user's files (rows, tokenizer, checkpoint, code) is not what it was when the runs of a folder
 * were planned: the first change of each setting.
 * @returns with the changes what cannot be told, a sentence each
 * @throws TiltyardError where the folder does not say what its checkpoint was
 */
export async function changesOf(
  { runs, data }: StoredExperiment,
  dir: string,
): Promise<{ readonly changes: Change[]; readonly notes: string[] }> {
  const [first] = runs;
  if (first === undefined) return { changes: [], notes: [] };
  const { dataset } = first.spec;
  const changes: Change[] = [];
  const compare = (setting: string, before: Digests, now: Digests): void => {
    const found = difference(before, now);
    if (found !== null) changes.push({ setting, ...found });
  };
  for (const [setting, { path, files }] of givenModels(runs.map(({ spec }) => spec))) {
    if (files === undefined) throw noDigests(path, dir);
    // Late, as all of the policy is.
    const { filesOfModel } = await import('../policy/checkpoint/files.js');
    compare(setting, within(path, files), within(path, filesOfModel(path).files));
  }
  const code = new Map<string, Digests>();
  for (const { spec } of runs) {
    const { algorithm, dataset: own } = spec;
    if (own.code !== undefined) code.set(`dataset ${own.name}`, own.code);
    if (algorithm?.code !== undefined) code.set(`stage ${spec.stage}`, algorithm.code);
  }
  for (const [setting, before] of code) compare(setting, before, codeNow(before));
  // Folders of an older version have the rows' digests alone.
  const older = data === null ? null : onlyRows(data.sources, dataset.baseDir);
  const given = dataset.given ?? older;
  if (given === null) return { changes, notes: [] };
  compare(`dataset ${dataset.name}`, filesOf(given), filesOf(await givenNow(given)));
  if (dataset.given !== undefined) return { changes, notes: [] };
  const note = `${dir}: planned by an older tiltyard: whether its tokenizer has changed since cannot be told`;
  return { changes, notes: [note] };
}

/** A run as it would be planned now: by the same settings, with the files as they are. */
export async function asNow(spec: RunSpec): Promise<RunSpec> {
  const { policy, dataset, algorithm } = spec;
  const { hashModelFolder } = await import('../policy/checkpoint/files.js');
  const now = ({ path }: { readonly path: string }) => ({ path, ...hashModelFolder(path) });
  return {
    ...spec,
    policy: policy.checkpoint === undefined ? policy : { ...policy, checkpoint: now(policy.checkpoint) },
    ...(spec.checkpoint === undefined ? {} : { checkpoint: now(spec.checkpoint) }),
    dataset: {
      ...dataset,
      ...(dataset.given === undefined ? {} : { given: await givenNow(dataset.given) }),
      ...(dataset.code === undefined ? {} : { code: codeNow(dataset.code) }),
    },
    algorithm: algorithm?.code === undefined ? algorithm : { ...algorithm, code: codeNow(algorithm.code) },
  };
}

/** Code as it is: what is left of the files it had, and what these import now. */
function codeNow(before: Digests): Digests {
  const there = Object.keys(before).filter((path) => existsSync(path));
  return Object.assign({}, ...there.map((path) => digestsFrom(path))) as Digests;
}

/** The same files as they are now, and those that came into the folders beside them. */
async function givenNow({ files, folders, tokenizer }: GivenData): Promise<GivenData> {
  const { hashTokenizerFolder } = await import('../policy/checkpoint/files.js');
  const inFolders = folders.flatMap(({ path, ending }) =>
    (existsSync(path) ? readdirSync(path) : [])
      .filter((name) => name.endsWith(ending))
      .map((name) => join(path, name)),
  );
  const paths = new Set([...Object.keys(files), ...inFolders].filter((path) => existsSync(path)));
  return {
    files: Object.fromEntries([...paths].map((path) => [path, hashFile(path)])),
    folders,
    tokenizer: tokenizer === null ? null : { path: tokenizer.path, ...hashTokenizerFolder(tokenizer.path) },
  };
}

const onlyRows = (
  sources: readonly { readonly file: string; readonly sha256: string }[],
  baseDir: string,
): GivenData => ({
  files: Object.fromEntries(sources.map(({ file, sha256 }) => [resolve(baseDir, file), sha256])),
  folders: [],
  tokenizer: null,
});

function noDigests(path: string, dir: string): TiltyardError {
  const why = 'which kept no digest of each of its files, so whether it has changed cannot be told';
  const message = `${dir}: policy.checkpoint: ${path}: planned by an older tiltyard, ${why}`;
  return new TiltyardError('no-digests', `${message}; start a new run with --out`);
}
