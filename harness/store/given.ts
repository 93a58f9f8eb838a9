import { join } from 'node:path';

/** What people bring to a run, known by its bytes. */

/** A folder's files that matter. */
export interface FolderDigest {
  /** SHA-256 over names and digests. */
  readonly hash: string;
  /** Path in the folder -> SHA-256 of its bytes, in hex. */
  readonly files: Digests;
}

/** Path -> SHA-256 of the file's bytes, in hex. */
export type Digests = Readonly<Record<string, string>>;

/** What a dataset read from the user's files. */
export interface GivenData {
  /** By absolute path. */
  readonly files: Digests;
  /** Folders all of whose files of these endings are read, so that another one is another dataset. */
  readonly folders: readonly { readonly path: string; readonly ending: string }[];
  /** The folder that its tokenizer was read from; null where it was from none. */
  readonly tokenizer: ({ readonly path: string } & FolderDigest) | null;
}

/** The first file that is not what it was, and what is the matter with it; null where all are. */
export function difference(
  before: Digests,
  now: Digests,
): { readonly file: string; readonly what: string } | null {
  for (const file of [...new Set([...Object.keys(before), ...Object.keys(now)])].sort()) {
    if (before[file] === now[file]) continue;
    if (now[file] === undefined) return { file, what: 'is gone' };
    return { file, what: before[file] === undefined ? 'was added' : 'has changed' };
  }
  return null;
}

/** The files of a folder by their paths. */
export const within = (folder: string, files: Digests): Digests =>
  Object.fromEntries(Object.entries(files).map(([name, digest]) => [join(folder, name), digest]));

/** Every file by its absolute path. */
export const filesOf = ({ files, tokenizer }: GivenData): Digests => ({
  ...files,
  ...(tokenizer === null ? {} : within(tokenizer.path, tokenizer.files)),
});
