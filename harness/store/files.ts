import { createHash } from 'node:crypto';
import { existsSync, readdirSync, rmSync, statSync } from 'node:fs';
import { join, relative } from 'node:path';
import { TiltyardError } from '../errors.js';
import { hashFile } from '../hash.js';
import { writeJsonAtomic, writeTextAtomic } from './atomic.js';
import { isCheckpoint, type RunPaths, runPaths } from './layout.js';
import type { OutcomeRow } from './records.js';
import { readSealed, type Sealed, sealed } from './seal.js';

/** A file as it was left. */
interface FileDigest {
  /** Of its bytes, hex. */
  readonly sha256: string;
  readonly bytes: number;
}

/** files.json: all that a run left, its outcome included, by path in its folder. */
export interface FilesRow extends Sealed {
  readonly files: Readonly<Record<string, FileDigest>>;
}

/** Ends a run: digests of all that it left, then its outcome, which is last of all. */
export function writeOutcome(paths: RunPaths, outcome: OutcomeRow): void {
  const text = `${JSON.stringify(outcome, null, 2)}\n`;
  if (outcome.outcome !== 'interrupted') {
    const own = { sha256: createHash('sha256').update(text).digest('hex'), bytes: Buffer.byteLength(text) };
    const left = digests(paths.dir, leftIn(paths.dir));
    writeJsonAtomic(paths.files, sealed({ files: { ...left, [relative(paths.dir, paths.outcome)]: own } }));
  }
  writeTextAtomic(paths.outcome, text);
}

/** A run that is tried again has not ended. */
export function withdrawOutcome(paths: RunPaths): void {
  for (const path of [paths.outcome, paths.files, paths.output]) rmSync(path, { force: true });
}

/** Digests of files, by path in the folder. */
export function digests(dir: string, names: readonly string[]): FilesRow['files'] {
  const digest = (name: string): FileDigest => {
    const path = join(dir, name);
    return { sha256: hashFile(path), bytes: statSync(path).size };
  };
  return Object.fromEntries(names.map((name) => [name, digest(name)]));
}

/** Digests of what a run left; null where it has none, as in folders of an older version. */
export const digestsOf = ({ files }: RunPaths): FilesRow['files'] | null =>
  existsSync(files) ? readDigests(files) : null;

/** Digests that a file holds. @throws TiltyardError for one that is not as it was written */
export function readDigests(path: string): FilesRow['files'] {
  const { files } = readSealed<FilesRow>(path);
  const all = typeof files === 'object' && files !== null ? Object.values(files) : [null];
  if (all.every((one) => typeof one?.sha256 === 'string' && typeof one.bytes === 'number')) return files;
  throw new TiltyardError('damaged', `${path}: is not what was written there; bring it back as it was`);
}

const own = runPaths('');
const ABOUT_IT: readonly string[] = [own.run, own.files, own.outcome, own.output];

/** Files that a run left for others, by path in its folder. */
export function leftIn(dir: string): string[] {
  return readdirSync(dir, { withFileTypes: true, recursive: true })
    .filter((entry) => !entry.isDirectory())
    .map((entry) => relative(dir, join(entry.parentPath, entry.name)))
    .filter((name) => !ABOUT_IT.includes(name) && !name.endsWith('.tmp') && !isCheckpoint(name))
    .sort();
}

/**
 * What is the matter with files that should be as they were left; empty where nothing is.
 * @param bytesToo false: sizes alone are looked at
 */
export function changed(
  dir: string,
  known: FilesRow['files'],
  now: readonly string[],
  bytesToo: (name: string) => boolean = () => true,
): { readonly file: string; readonly what: string }[] {
  const found: { file: string; what: string }[] = [];
  for (const [name, { sha256, bytes }] of Object.entries(known)) {
    const file = join(dir, name);
    const size = statSync(file, { throwIfNoEntry: false })?.size;
    if (size === undefined) found.push({ file, what: 'is gone' });
    else if (size !== bytes) found.push({ file, what: `has ${size} bytes and was left with ${bytes}` });
    else if (bytesToo(name) && hashFile(file) !== sha256) found.push({ file, what: 'is not what was left' });
  }
  for (const name of now) {
    if (!Object.hasOwn(known, name)) found.push({ file: join(dir, name), what: 'was added' });
  }
  return found;
}
