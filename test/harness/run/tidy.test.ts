import { existsSync, mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { tidy } from '../../../harness/run/tidy.js';
import { confinedPaths } from '../../../harness/store/layout.js';
import type { StoredRun } from '../../../harness/store/read.js';
import { temporary } from '../../support.js';

const out = temporary();

/** A run as a kill leaves it: a checkpoint, a file that was being written, and what was laid out for it. */
function left(id: string, outcome: string | null): StoredRun & { readonly laidOut: string } {
  const dir = join(out, 'runs', id);
  const { given } = confinedPaths(dir);
  for (const folder of [join(dir, 'ckpt-000001'), given]) mkdirSync(folder, { recursive: true });
  writeFileSync(join(dir, 'run.json.7.tmp'), '');
  const row = outcome === null ? null : { outcome, cause: null };
  return { dir, outcome: row, laidOut: given } as unknown as StoredRun & { laidOut: string };
}

test('of a run that has ended only what it leaves stays; one that has not goes on from the rest', () => {
  const [ended, begun] = [left('ended', 'completed'), left('begun', null)];
  tidy(out, [ended, begun]);
  const stays = [ended, begun].map(({ dir, laidOut }) =>
    [join(dir, 'ckpt-000001'), join(dir, 'run.json.7.tmp'), laidOut].map((path) => existsSync(path)),
  );
  expect(stays).toEqual([
    [false, false, false],
    [true, false, true],
  ]);
});
