import { existsSync, realpathSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { packageRoot } from '../environment.js';

/**
 * The switch of Node's permission model; null where this Node has none that lets native code in by name,
 * which an engine is.
 */
export function permissionSwitch(
  known: ReadonlySet<string> = process.allowedNodeEnvironmentFlags,
): string | null {
  if (!known.has('--allow-addons')) return null;
  return ['--permission', '--experimental-permission'].find((flag) => known.has(flag)) ?? null;
}

/** What the code of a plugin may have of the file system, beside itself, its packages and this one. */
export interface Reach {
  /** The plugin's own files: what it is and imports. */
  readonly code: readonly string[];
  /** Files that it may not read though it imports them; datasets that are built in are among them. */
  readonly never?: readonly string[];
  readonly read: readonly string[];
  readonly write: readonly string[];
}

/**
 * Flags of a process in which a plugin runs that is not built in. It may read this package but for datasets
 * and reports, the plugin's own files and packages, and what it is given by name. It starts no process;
 * threads and native code are closed once the process has its own (`lock`).
 * @returns none where this Node cannot hold a process to that
 */
export function confinementFlags({ code, never = [], read, write }: Reach): string[] {
  const permission = permissionSwitch();
  if (permission === null) return [];
  const own = code.filter((file) => !never.includes(file) && !file.startsWith(join(built(), 'datasets')));
  const readable = [...ofPackage(), ...own.flatMap((file) => [file, ...packagesOf(file)]), ...read, ...write];
  return [
    permission,
    '--no-warnings', // that permissions are an experiment, and that addons are let in
    '--allow-addons',
    '--allow-worker',
    ...spelled(readable).map((path) => `--allow-fs-read=${path}`),
    ...spelled(write).map((path) => `--allow-fs-write=${path}`),
  ];
}

/** What of this package a plugin may import: no dataset is among it, whose gold reward is code. */
function ofPackage(): string[] {
  const rooms = ['harness', 'plugins'].map((room) => join(built(), room));
  return [...rooms, ...packagesOf(join(built(), 'any'))];
}

/** Where this package's code is. */
function built(): string {
  const root = packageRoot();
  const dist = join(root, 'dist');
  return existsSync(dist) ? dist : root;
}

/** Packages that code may import, and what says of what kind a file is: found by climbing. */
function packagesOf(file: string): string[] {
  const found: string[] = [];
  for (let dir = dirname(file); ; dir = dirname(dir)) {
    found.push(join(dir, 'node_modules'), join(dir, 'package.json'));
    if (dir === dirname(dir)) return found.filter((path) => existsSync(path));
  }
}

/**
 * Each as it is called and as it is, since permissions go by names; none that lies in another, since Node 20
 * forgets a folder of which a file is named too.
 */
function spelled(paths: readonly string[]): string[] {
  const isOwn = (path: string): boolean => path.startsWith('/proc/self/'); // another name in each process
  const all = new Set(
    paths.flatMap((path) => (existsSync(path) && !isOwn(path) ? [path, realpathSync(path)] : [path])),
  );
  const isWithin = (path: string): boolean => {
    for (let dir = dirname(path); dir !== dirname(dir); dir = dirname(dir)) if (all.has(dir)) return true;
    return false;
  };
  return [...all].filter((path) => !isWithin(path));
}
