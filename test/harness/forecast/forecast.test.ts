import { join } from 'node:path';
import { beforeAll, expect, test } from 'vitest';
import { type Forecast, forecast } from '../../../harness/forecast/forecast.js';
import { readExperiment } from '../../../harness/store/read.js';
import type { RunSpec } from '../../../harness/store/spec.js';
import { finishedSmoke, root, temporary, tiltyard } from '../../support.js';

/** Smoke, and one stage of it by code that is not built in. */
const out = join(temporary(), 'smoke');
let runs: readonly RunSpec[];
let found: Forecast;
beforeAll(async () => {
  await finishedSmoke(out);
  const built = readExperiment(out).runs.map(({ spec }) => spec);
  const dpo = built.find(({ stage }) => stage === 'dpo')!;
  const module = join(root, 'test', 'fixtures', 'plugins', 'not-there.js');
  runs = [...built, { ...dpo, label: 'mine', algorithm: { ...dpo.algorithm!, module } }];
  found = await forecast(runs);
}, 120_000);

test('every run has its seconds but those of others’ code, which is not even loaded', () => {
  const labels = runs.map(({ label }) => label).filter((label) => label !== 'mine');
  expect(Object.keys(found.seconds).sort()).toEqual(labels.sort());
  for (const seconds of Object.values(found.seconds)) expect(seconds).toBeGreaterThan(0);
});
test('memory and disk are of the size that the runs had', async () => {
  const peaks = readExperiment(out).runs.map(({ outcome }) => outcome!.clock.peakRssBytes);
  // In a process of its own, as it is foreseen: this one holds what other tests left.
  const { stdout } = await tiltyard('check', 'smoke', '--json');
  const line = stdout.split('\n').find((each) => each.includes('"cost"'))!;
  const { memory } = JSON.parse(line) as { memory: { low: number } };
  expect(memory.low).toBeGreaterThan(50 * 2 ** 20);
  expect(memory.low).toBeLessThan(4 * Math.max(...peaks));
  expect(found.diskPerSeed).toBeGreaterThan(100_000);
  expect(found.diskPerSeed).toBeLessThan(10 * 2 ** 20);
});
