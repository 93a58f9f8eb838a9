import { readdirSync, realpathSync } from 'node:fs';
import { join, sep } from 'node:path';

/** Whether a path leads to something that lies in a folder, links followed; false where it leads nowhere. */
export function isInside(root: string, path: string): boolean {
  try {
    const [base, real] = [realpathSync(root), realpathSync(path)];
    return real === base || real.startsWith(base + sep);
  } catch {
    return false;
  }
}

/** The same of a folder and all that lies in it. */
export const isWhollyInside = (root: string, dir: string): boolean =>
  isInside(root, dir) &&
  readdirSync(dir, { recursive: true }).every((name) => isInside(root, join(dir, String(name))));
