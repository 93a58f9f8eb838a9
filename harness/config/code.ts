import { existsSync, readFileSync, realpathSync, statSync } from 'node:fs';
import { dirname, join, resolve, sep } from 'node:path';
import { builtins, type ExtensionKind, locate } from '../extensions.js';
import { packageRoot } from '../environment.js';
import { hashFile } from '../hash.js';
import type { Digests } from '../store/given.js';

/** Endings that an import may leave out. */
const ENDINGS = ['', '.js', '.mjs', '.cjs', '.json', '/index.js'];

/**
 * The code of a module that is not built in: its file and what that imports by a relative path, and so on,
 * each with its SHA-256. Packages that it imports are known by their versions and not looked into.
 * @returns undefined for what is built in
 * @throws TiltyardError for a module that is not there
 */
export function codeOf(kind: ExtensionKind, module: string, baseDir: string): Digests | undefined {
  if (builtins(kind).includes(module)) return undefined;
  return digestsFrom(locate(kind, module, baseDir));
}

/** Code of a module, and files beside it that decide what it does. */
export const withFiles = (code: Digests | undefined, files: readonly string[] = []): Digests | undefined =>
  code === undefined || files.length === 0
    ? code
    : { ...code, ...Object.fromEntries(files.map((file) => [file, hashFile(file)])) };

/** The same of a file. */
export function digestsFrom(entry: string): Digests {
  const found = new Map<string, string>();
  const queue = [entry];
  for (let path = queue.pop(); path !== undefined; path = queue.pop()) {
    if (found.has(path)) continue;
    found.set(path, hashFile(path));
    queue.push(...importsOf(path));
  }
  return Object.fromEntries([...found].sort(([a], [b]) => (a < b ? -1 : 1)));
}

const RELATIVE = /(?:\bfrom\s*|\bimport\s*\(?\s*|\brequire\s*\(\s*)(['"])(\.{1,2}\/[^'"\n]+)\1/g;

function importsOf(path: string): string[] {
  const text = readFileSync(path, 'utf8');
  return [...text.matchAll(RELATIVE)].flatMap(([, , name]) => {
    const base = resolve(dirname(realpathSync(path)), name!);
    const file = ENDINGS.map((ending) => `${base}${ending}`).find(isFile);
    return file === undefined || isHarness(file) ? [] : [file]; // a word in a comment, or does not load
  });
}

/** What an adapter that comes with this package imports of it is known by the package's version. */
const isHarness = (file: string): boolean => file.startsWith(join(packageRoot(), 'dist', 'harness') + sep);

const isFile = (path: string): boolean => existsSync(path) && statSync(path).isFile();
