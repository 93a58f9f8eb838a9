import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { beforeEach, describe, expect, test } from 'vitest';
import { readJsonl } from '../../../../harness/store/jsonl.js';
import { type RunPaths, runPaths } from '../../../../harness/store/layout.js';
import type { StepRow } from '../../../../harness/store/records.js';
import { StepLog } from '../../../../harness/worker/external/step-log.js';
import { temporary } from '../../../support.js';

const dir = temporary();
const row = (step: number, loss: number): StepRow => ({
  step,
  metrics: { loss },
  clock: { atMs: 1000 * step, stepMs: 1000 },
});
let paths: RunPaths;
let metrics: string;
let runs = 0;
beforeEach(() => {
  paths = runPaths(join(dir, String(runs++)));
  mkdirSync(paths.dir);
  metrics = join(paths.dir, 'outside');
});
const left = (rows: readonly StepRow[], file = ''): StepLog => {
  writeFileSync(paths.steps, rows.map((one) => `${JSON.stringify(one)}\n`).join(''));
  writeFileSync(paths.evals, '{"step":0}\n');
  writeFileSync(metrics, file);
  return new StepLog('p', paths, metrics);
};
const losses = (): (readonly [number, number | undefined])[] =>
  readJsonl<StepRow>(paths.steps).map(({ step, metrics: { loss } }) => [step, loss]);

describe('the steps of a trainer that was interrupted', () => {
  test('stay up to where it goes on, and are written anew from there', () => {
    const log = left([row(1, 0.1), row(2, 0.2), row(3, 0.3)]);
    expect(log.earlierSeconds).toBe(3);
    expect(log.write(row(3, 0.33))).toBe(2);
    expect(log.write(row(4, 0.4))).toBeNull();
    expect(log.finish()).toBeNull();
    const [, , third, fourth] = losses();
    expect([third, fourth]).toEqual([
      [3, 0.33],
      [4, 0.4],
    ]);
    expect(readJsonl(paths.evals).length).toBe(1);
  });
  test('include what nobody had read when its worker was killed, but for a torn line', () => {
    const file = '{"step": 1, "loss": 0.1}\n{"step": 2, "loss": 0.2}\n{"step": 3, "lo';
    const log = left([row(1, 0.1)], file);
    expect(log.earlier.map(({ step }) => step)).toEqual([1, 2]);
    expect(log.write(row(3, 0.3))).toBe(2);
    log.close();
    expect(losses().map(([step]) => step)).toEqual([1, 2, 3]);
  });
  test('are taken back where it begins anew', () => {
    const log = left([row(1, 0.1), row(2, 0.2)]);
    expect(log.write(row(1, 0.11))).toBe(0);
    log.close();
    expect(losses()).toEqual([[1, 0.11]]);
  });
  test('are all there are where it had come to its end', () => {
    const log = left([row(1, 0.1)], '{"step": 1, "loss": 0.1}\n{"step": 2, "loss": 0.2}\n');
    expect(log.finish()).toBe(2);
    expect(losses()).toEqual([
      [1, 0.1],
      [2, 0.2],
    ]);
  });
  test('stay where they are if it is interrupted before it takes another', () => {
    const log = left([row(1, 0.1), row(2, 0.2)]);
    log.close();
    expect(losses().length).toBe(2);
  });
  test('are missed where it goes on and none is recorded from before', () => {
    const log = left([row(5, 0.5)]);
    expect(() => log.write(row(4, 0.4))).toThrow(
      /went on with step 4, and nothing is recorded of those before/,
    );
  });
});
