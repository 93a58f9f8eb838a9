import { realpathSync } from 'node:fs';
import { dirname, join, sep } from 'node:path';
import { fileURLToPath } from 'node:url';

const root = dirname(dirname(dirname(realpathSync(fileURLToPath(import.meta.url)))));
/** This package's own code, and that beneath it: whoever reads an error wants the line of theirs. */
const OURS = ['harness', 'plugins', 'datasets', 'reports'].map((room) => join(root, room, sep));
const isOurs = (path: string): boolean =>
  OURS.some((room) => path.startsWith(room)) || path.includes(join('node_modules', '@tensorflow'));

/**
 * Where in code that is not ours an error came from: file, line and column of the innermost call there.
 * @returns null where no such code was involved
 */
export function placeOf(error: unknown): string | null {
  for (let at = error; at instanceof Error; at = at.cause) {
    for (const [, url, line, column] of (at.stack ?? '').matchAll(/(file:\/\/[^\s()]+?):(\d+):(\d+)\)?$/gm)) {
      const path = fileURLToPath(url!.replace(/\?.*$/, ''));
      if (!isOurs(path)) return `${path}:${line}:${column}`;
    }
  }
  return null;
}
