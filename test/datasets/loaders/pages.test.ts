import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { columnsToRead } from '../../../datasets/loaders/layout.js';
import { parquetSources } from '../../../datasets/loaders/parquet/read.js';
import { TiltyardError } from '../../../harness/errors.js';
import { root, temporary } from '../../support.js';

/** 24 rows in pages of the first and the second format, not compressed: each byte is what it says. */
const VERSIONS = [1, 2];
const path = join(temporary(), 'pages.parquet');
const seed = (version: number): Buffer =>
  readFileSync(join(root, 'test', 'fixtures', 'parquet', `pages-${version}.parquet`));

/** @returns how many rows; the error where it is refused */
async function read(bytes: Buffer): Promise<number | TiltyardError> {
  writeFileSync(path, bytes);
  let rows = 0;
  try {
    for (const source of parquetSources(path, columnsToRead({}))) for await (const _ of source.rows()) rows++;
  } catch (error) {
    if (error instanceof TiltyardError) return error;
    throw error;
  }
  return rows;
}

describe.each(VERSIONS)('pages of version %i', (version) => {
  test('are read where they are whole', async () => {
    expect(await read(seed(version))).toBe(24);
  });
  test.each([
    ['one byte', [255]],
    ['a large number', [255, 255, 255, 255, 7]],
  ])('%s in every place of them: read, or refused at once', async (_, written) => {
    const whole = seed(version);
    const footer = whole.length - 8 - whole.readUInt32LE(whole.length - 8);
    let refused = 0;
    for (let at = 4; at + written.length <= footer; at++) {
      const bytes = Buffer.from(whole);
      bytes.set(written, at);
      const began = process.cpuUsage();
      const found = await read(bytes);
      // What is filled value by value up to a wrong count took minutes, or all memory.
      expect(process.cpuUsage(began).user, `at byte ${at}`).toBeLessThan(2e6);
      if (typeof found === 'number') continue;
      refused++;
      expect(found.message).toMatch(/pages\.parquet: cannot be read from row 1 on \(.*\); download it again/);
    }
    expect(refused).toBeGreaterThan(footer / 2);
  });
});
