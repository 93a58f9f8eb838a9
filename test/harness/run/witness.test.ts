import { mkdirSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { Witness } from '../../../harness/run/witness.js';
import { digests, leftIn } from '../../../harness/store/files.js';
import { sealed } from '../../../harness/store/seal.js';
import { runPaths } from '../../../harness/store/layout.js';
import { temporary } from '../../support.js';

const dir = temporary();

/** A run's folder with digests that fit it, whoever wrote them. */
function left(name: string, gold: number): { dir: string } {
  const paths = runPaths(join(dir, name));
  mkdirSync(paths.dir, { recursive: true });
  writeFileSync(paths.samples, `{"gold":${gold}}\n`);
  writeFileSync(paths.outcome, '{}\n');
  writeFileSync(paths.files, JSON.stringify(sealed({ files: digests(paths.dir, leftIn(paths.dir)) })));
  return { dir: paths.dir };
}

test('what is written anew with digests that fit is found, and what is gone; the rest is not', () => {
  const witness = new Witness();
  const [same, forged, gone] = [left('same', 1), left('forged', 1), left('gone', 1)];
  for (const run of [same, forged, gone]) witness.ended(run);
  expect(witness.changed()).toEqual([]);
  left('forged', 99);
  rmSync(runPaths(gone.dir).outcome);
  expect(witness.changed()).toEqual([
    { file: runPaths(forged.dir).files, what: 'is not what was left' },
    { file: runPaths(gone.dir).outcome, what: 'is gone' },
  ]);
});

test('a run that is tried again is known as it ended last', () => {
  const witness = new Witness();
  witness.ended(left('again', 1));
  witness.ended(left('again', 2));
  expect(witness.changed()).toEqual([]);
});
