import { resolve } from 'node:path';
import { plain } from '../run/progress/plain.js';
import { damagesOf, keepsHashes, remedyOf } from '../store/damages.js';
import type { Register } from './io.js';

export const verifyStoreCommand: Register = (add, io) => {
  add('verify-store')
    .argument('<dir>', 'the --out folder of a run')
    .description('tell whether a results folder is whole: every file as it was written, to the byte')
    .action((dir: string) => {
      const damages = damagesOf(resolve(dir), { weights: true });
      for (const damage of damages) {
        const line = `${damage.file}: ${damage.what}; ${remedyOf(damage)}`;
        io.tell({ type: 'damage', ...damage, remedy: remedyOf(damage) }, plain(line));
      }
      const whole = damages.length === 0;
      if (!whole) io.exitWith(2);
      const hashed = !whole || keepsHashes(resolve(dir));
      const older = 'can be read; an older tiltyard wrote it, which kept no hashes, so no more can be told';
      const said = whole ? (hashed ? 'is whole' : older) : 'is not whole';
      io.tell({ type: 'store', dir, whole: hashed ? whole : null }, `${dir}: ${said}`);
    });
};
