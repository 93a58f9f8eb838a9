import { appendFileSync, existsSync, mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { newestCheckpoint, writeCheckpoint } from '../../../harness/worker/checkpoint.js';
import { RunRows } from '../../../harness/worker/rows.js';
import { runPaths } from '../../../harness/store/layout.js';
import type { StepRow } from '../../../harness/store/records.js';
import { temporary } from '../../support.js';

const root = temporary();
let n = 0;
const step = (i: number): StepRow => ({ step: i, metrics: { loss: i / 3 }, clock: { atMs: i, stepMs: 1 } });

/** A run's folder with rows of three steps, and a checkpoint after the second. */
function folder(): string {
  const dir = join(root, `run-${n++}`);
  mkdirSync(dir);
  const rows = new RunRows(runPaths(dir), { steps: 0, evals: 0 });
  rows.step(step(1));
  rows.step(step(2));
  const totals = { flops: { update: 12.5 } } as never;
  const manifest = { step: 2, positions: {}, json: {}, optimizers: {}, normalisations: {}, totals };
  const arrays = new Map([['module/policy/body/w', { shape: [3], data: Float32Array.of(1, 2, 3) }]]);
  writeCheckpoint(dir, { manifest: { ...manifest, rows: rows.counts, elapsedSeconds: 1 }, arrays });
  rows.step(step(3));
  rows.close();
  return dir;
}
function read(dir: string): { step: number | null; said: string[] } {
  const said: string[] = [];
  return { step: newestCheckpoint(dir, (note) => said.push(note))?.manifest.step ?? null, said };
}
/** Changes one bit of a file. */
function flip(path: string, at = 0.5): void {
  const bytes = readFileSync(path);
  bytes[Math.floor(bytes.length * at)]! ^= 1;
  writeFileSync(path, bytes);
}

describe('a checkpoint', () => {
  test('that is whole is taken, rows after it or not', () => {
    expect(read(folder())).toEqual({ step: 2, said: [] });
  });
  test.each<[string, (dir: string) => void, RegExp]>([
    [
      'bit of its arrays',
      (dir) => flip(join(dir, 'ckpt-000002', 'state.safetensors'), 0.9),
      /state\.safetensors: is not what was/,
    ],
    [
      'digit of its ledger',
      (dir) => change(join(dir, 'ckpt-000002', 'manifest.json'), '12.5', '13.5'),
      /manifest\.json: is not what was/,
    ],
    [
      'cut manifest',
      (dir) => writeFileSync(join(dir, 'ckpt-000002', 'manifest.json'), '{"step":'),
      /not valid JSON/,
    ],
    ['missing array file', (dir) => rmSync(join(dir, 'ckpt-000002', 'state.safetensors')), /cannot be read/],
    [
      'lost row',
      (dir) => writeFileSync(join(dir, 'steps.jsonl'), `${JSON.stringify(step(1))}\n`),
      /fewer rows than the 2 written/,
    ],
    [
      'changed row',
      (dir) => change(join(dir, 'steps.jsonl'), '"step":1', '"step":7'),
      /first 2 rows are not those written/,
    ],
    ['missing rows', (dir) => rmSync(join(dir, 'steps.jsonl')), /fewer rows/],
  ])('with a %s is passed over with a sentence: its steps are taken again', (_, damage, message) => {
    const dir = folder();
    damage(dir);
    const { step: found, said } = read(dir);
    expect(found).toBeNull();
    expect(said).toEqual([expect.stringMatching(message)]);
    expect(said[0]).toMatch(/^a checkpoint is passed over, and its steps are taken again: /);
  });
  test('is whole where a kill tore the row after it', () => {
    const dir = folder();
    appendFileSync(join(dir, 'steps.jsonl'), '{"step":4');
    expect(read(dir)).toEqual({ step: 2, said: [] });
  });
  test('that cannot be written leaves nothing behind', () => {
    const dir = folder();
    const manifest = {
      json: {
        huge: {
          toJSON: () => {
            throw new Error('the disk is full');
          },
        },
      },
    };
    expect(() =>
      writeCheckpoint(dir, { manifest: { step: 3, ...manifest } as never, arrays: new Map() }),
    ).toThrow('full');
    expect(existsSync(join(dir, 'ckpt-000003.tmp'))).toBe(false);
    expect(read(dir).step).toBe(2);
  });
});

function change(path: string, before: string, after: string): void {
  const text = readFileSync(path, 'utf8');
  expect(text).toContain(before);
  writeFileSync(path, text.replace(before, after));
}
