import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { jsonl } from '../../../datasets/loaders/jsonl/dataset.js';
import { parquet } from '../../../datasets/loaders/parquet/dataset.js';
import { TiltyardError } from '../../../harness/errors.js';
import { Rng } from '../../../harness/rng.js';
import { temporary } from '../../support.js';
import { KINDS, mutated } from './mutated.js';
import { opened } from './support.js';

/** Files of each kind; 1,700 make 10,200 in all. */
const ROUNDS = Number(process.env['TILTYARD_MUTATIONS'] ?? 60);
const SEED = Number(process.env['TILTYARD_MUTATIONS_SEED'] ?? 12);
const dir = temporary();
const DATASETS = { jsonl, parquet };

describe('every mutated file is read, or refused in one message that names it', () => {
  test.each(Object.entries(KINDS))('%s', async (kind, { dataset, seeds, params = {} }) => {
    const path = join(dir, `mutated.${kind}`);
    let refused = 0;
    for (let i = 0; i < ROUNDS; i++) {
      const rng = Rng.fromSeed(SEED).split(kind, i);
      writeFileSync(path, mutated(rng.pick(seeds), rng));
      for (const unusable of ['refuse', 'drop'] as const) {
        try {
          const { rows, read } = await opened(DATASETS[dataset], path, { unusable, ...params });
          const [source] = read.sources;
          const dropped = source!.dropped.reduce((n, group) => n + group.rows, 0);
          expect(source!.kept + dropped, `${kind} ${i}`).toBe(source!.rows);
          for (const row of rows) {
            const texts = [row.prompt, row.chosen, row.rejected];
            expect(
              texts.every((one) => typeof one === 'string' && one !== ''),
              `${kind} ${i}`,
            ).toBe(true);
          }
        } catch (error) {
          refused++;
          expect(error, `${kind} ${i}: ${(error as Error).stack}`).toBeInstanceOf(TiltyardError);
          expect((error as TiltyardError).exitCode).toBe(2);
          expect((error as Error).message, `${kind} ${i}`).toContain(path);
          expect((error as Error).message, `${kind} ${i}`).not.toContain('\n');
        }
      }
    }
    expect(refused).toBeGreaterThan(ROUNDS / 4);
  });
}, 1_200_000);
