import { appendFileSync, cpSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { readExperiment } from '../../../harness/store/read.js';
import { LiveStore } from '../../../reports/view/live.js';
import { temporary } from '../../support.js';
import { writeStored } from '../stored.js';
import { evalRow } from './support.js';

const dir = temporary();
let n = 0;
const fresh = (): string => join(dir, `f${n++}`);
const planned = (): string => writeStored(fresh(), { seeds: [0], outcome: () => null });

describe('a folder as it grows', () => {
  test('planned, running, ended; only what changed is told', () => {
    const folder = planned();
    const live = new LiveStore(readExperiment(folder));
    expect(live.poll()).toEqual({ runs: [], curves: {} });
    expect(live.snapshot().runs.map((r) => r.state)).toEqual(['planned', 'planned', 'planned']);
    const run = join(folder, 'runs', 'one-s0-01234567');
    appendFileSync(join(run, 'evals.jsonl'), evalRow(0, 1));
    appendFileSync(
      join(run, 'steps.jsonl'),
      `${JSON.stringify({ step: 1, metrics: { loss: 0.5 }, clock: { atMs: 0, stepMs: 0 } })}\n`,
    );
    const first = live.poll();
    expect(first.runs).toEqual([
      expect.objectContaining({
        id: 'one-s0-01234567',
        state: 'running',
        step: 1,
        loss: 0.5,
        gold: 1,
        kl: 0,
      }),
    ]);
    expect(first.curves).toEqual({
      one: [
        { step: 0, gold: 1, proxy: null, kl: 0, flops: 0, loss: null },
        { step: 1, gold: null, proxy: null, kl: null, flops: null, loss: 0.5 },
      ],
    });
    expect(live.poll()).toEqual({ runs: [], curves: {} });
    const ended = writeStored(fresh(), { seeds: [0], outcome: () => 'failed' });
    cpSync(join(ended, 'runs', 'one-s0-01234567', 'outcome.json'), join(run, 'outcome.json'));
    expect(live.poll().runs).toEqual([
      expect.objectContaining({ state: 'failed', cause: 'it <b>broke</b>' }),
    ]);
    rmSync(join(run, 'outcome.json')); // taken up again
    expect(live.poll().runs).toEqual([expect.objectContaining({ state: 'running', cause: null })]);
  });
  test('a curve is the mean over the seeds that reached a step; long losses are thinned alike', () => {
    const folder = writeStored(fresh(), { seeds: [0, 1], labels: ['one'], outcome: () => null });
    for (const [seed, last] of [
      [0, 2],
      [1, 4],
    ] as const) {
      const run = join(folder, 'runs', `one-s${seed}-01234567`);
      appendFileSync(
        join(run, 'evals.jsonl'),
        [0, 2, 4]
          .filter((s) => s <= last)
          .map((s) => evalRow(s, s + seed))
          .join(''),
      );
      appendFileSync(
        join(run, 'steps.jsonl'),
        Array.from(
          { length: 1000 },
          (_, i) => `${JSON.stringify({ step: i + 1, metrics: { loss: seed }, clock: {} })}\n`,
        ).join(''),
      );
    }
    const live = new LiveStore(readExperiment(folder));
    live.poll();
    const points = live.snapshot().curves['one']!;
    expect(points.filter((p) => p.gold !== null).map((p) => [p.step, p.gold])).toEqual([
      [0, 0.5],
      [2, 2.5],
      [4, 5],
    ]);
    const losses = points.filter((p) => p.loss !== null);
    expect(losses.every((p) => p.loss === 0.5)).toBe(true);
    expect(losses.length).toBeGreaterThan(200);
    expect(losses.length).toBeLessThanOrEqual(256);
  });
});
