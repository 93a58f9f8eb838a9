import { existsSync, readdirSync, rmSync } from 'node:fs';
import { basename, join } from 'node:path';
import { runPaths, storePaths } from '../store/layout.js';
import { wasOwned } from './ownership.js';

/**
 * Whether a folder is what a kill leaves before an experiment was wholly written down: it was owned, says not
 * what kind it is, and holds nothing but what is written before the first run.
 */
export function isUnbegun(dir: string): boolean {
  const { plan, suite, analysis } = storePaths(dir);
  if (!wasOwned(dir) || [plan, suite, analysis].some((path) => existsSync(path))) return false;
  return readdirSync(dir, { withFileTypes: true, recursive: true }).every(
    (entry) => entry.isDirectory() || (entry.isFile() && isWrittenFirst(entry.name)),
  );
}

/** Removes what a kill left there; the lock stays. @returns whether there was anything */
export function clear(dir: string): boolean {
  const names = readdirSync(dir).filter((name) => name !== basename(storePaths(dir).lock));
  for (const name of names) rmSync(join(dir, name), { recursive: true });
  return names.length > 0;
}

const { experiment, data, plan, lock } = storePaths('');
const FIRST = [experiment, data, plan, lock, runPaths('').run].map((path) => basename(path));

/** A file that holds no result, temporary ones included. */
const isWrittenFirst = (name: string): boolean =>
  FIRST.includes(name) || (name.endsWith('.tmp') && FIRST.some((first) => name.startsWith(`${first}.`)));
