import { join } from 'node:path';
import { beforeAll, describe, expect, test } from 'vitest';
import { Rehearsal } from '../../../harness/forecast/rehearsal.js';
import { sum } from '../../../harness/forecast/work.js';
import { readExperiment, type StoredExperiment } from '../../../harness/store/read.js';
import { finishedSmoke, temporary } from '../../support.js';

describe('a rehearsal of smoke', () => {
  const out = join(temporary(), 'smoke');
  let stored: StoredExperiment;
  let rehearsal: Rehearsal;
  beforeAll(async () => {
    await finishedSmoke(out);
    stored = readExperiment(out);
    rehearsal = await Rehearsal.open(stored.runs.map(({ spec }) => spec));
  });
  test('counts the optimiser steps of each run as its ledger does, padding included', async () => {
    const seen: Record<string, number> = {};
    for (const { spec, outcome } of stored.runs) {
      const { flops, paddingFlops } = outcome!.ledger;
      const ran = flops.update + (paddingFlops?.update ?? 0);
      if (ran === 0) continue;
      const { work } = await rehearsal.of(spec);
      seen[spec.stage] = work.update / ran;
    }
    expect(Object.keys(seen)).toHaveLength(6);
    // Texts that stand in for those to come are about as long.
    for (const ratio of Object.values(seen)) expect(Math.abs(Math.log(ratio))).toBeLessThan(Math.log(1.25));
  });
  test('counts all that each run computes', async () => {
    let [counted, ran] = [0, 0];
    for (const { spec, outcome } of stored.runs) {
      const { flops, paddingFlops = {} } = outcome!.ledger;
      const { work } = await rehearsal.of(spec);
      counted += sum(Object.values(work));
      ran += sum([...Object.values(flops), ...Object.values(paddingFlops as Record<string, number>)]);
    }
    expect(Math.abs(Math.log(counted / ran))).toBeLessThan(Math.log(1.25));
  });
  test('a step takes less at once in parts, and where adapters train', async () => {
    const { spec } = stored.runs.find((run) => run.spec.stage === 'dpo')!;
    const whole = await rehearsal.of(spec);
    const parts = await rehearsal.of({ ...spec, engine: { ...spec.engine, microBatchRows: 2 } });
    expect(parts.largestStep / whole.largestStep).toBeLessThan(0.5);
    const lora = { rank: 2, alpha: 4, targets: 'all-linear', rslora: false } as const;
    expect((await rehearsal.of({ ...spec, lora })).largestStep / whole.largestStep).toBeLessThan(0.9);
  });
});
