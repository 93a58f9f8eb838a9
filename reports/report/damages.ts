import { relative } from 'node:path';
import type { Damage } from '../../harness/store/damages.js';

/** What stands at the top of a report on a folder that is not whole; empty where it is. */
export function damageSentences(dir: string, damages: readonly Damage[]): string[] {
  return damages.map(({ file, what, of, run }) => {
    const left = of === 'run' && run !== null ? ', so nothing of this run is counted' : '';
    return `${relative(dir, file)} ${what}${left}.`;
  });
}

export const NOT_WHOLE = 'This results folder is not whole';
