import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { KINDS, mutated } from '../../datasets/loaders/mutated.js';
import type { Rng } from '../../../harness/rng.js';
import type { Kind } from './kind.js';
import { changeTree, type Json, several } from '../changes.js';

const NAMES = Object.keys(KINDS);

/** The rows of JSON Lines; null for what is packed or one value. */
function rowsOf(seed: Buffer): Json[] | null {
  try {
    const lines = seed.toString('utf8').trim().split('\n');
    return lines.map((line) => JSON.parse(line) as Json);
  } catch {
    return null;
  }
}

/** Values of some rows are others. */
function changed(rows: readonly Json[], rng: Rng): string {
  for (let n = several(rng); n > 0; n--) changeTree(rng.pick(rows), rng);
  return rows.map((row) => `${JSON.stringify(row)}\n`).join('');
}

/** Files of rows, plain, packed and as Parquet, read by `check` and `inspect`. */
export const data: Kind = {
  prepare() {},
  make(dir, rng) {
    const name = rng.pick(NAMES);
    const { dataset, seeds, params = {} } = KINDS[name]!;
    const file = `rows.${name}`;
    const seed = rng.pick(seeds);
    // Of those whose bytes are changed most end before their rows are looked at.
    const asRows = rng.int(2) === 0 ? rowsOf(seed) : null;
    writeFileSync(join(dir, file), asRows === null ? mutated(seed, rng) : changed(asRows, rng));
    const unusable = rng.pick(['refuse', 'drop']);
    const shares = { validationShare: 0.2, testShare: 0.2, heldoutShare: 0.2 };
    const experiment = {
      name: 'rows',
      seeds: 1,
      dataset: { name: dataset, params: { file, unusable, ...shares, ...params } },
      ...(name === 'judged' ? {} : { collect: { pairs: 2, heldoutPairs: 1 } }),
      stages: { dpo: { algorithm: 'dpo', params: { batchSize: 1 } } },
    };
    const path = join(dir, 'rows.json');
    writeFileSync(path, JSON.stringify(experiment));
    const argv = rng.pick([
      ['check', path],
      ['inspect', path],
      ['inspect', path, '--json', '--rows', '3'],
    ]);
    return { what: `${name}, ${unusable}`, argv };
  },
};
