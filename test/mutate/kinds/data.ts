import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { KINDS, mutated } from '../../datasets/loaders/mutated.js';
import type { Kind } from './kind.js';

const NAMES = Object.keys(KINDS);

/** Files of rows, plain, packed and as Parquet, read by `check` and `inspect`. */
export const data: Kind = {
  prepare() {},
  make(dir, rng) {
    const name = rng.pick(NAMES);
    const { dataset, seeds, params = {} } = KINDS[name]!;
    const file = `rows.${name}`;
    // Enough rows that each split gets some.
    const seed = rng.pick(seeds);
    writeFileSync(join(dir, file), mutated(seed, rng));
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
