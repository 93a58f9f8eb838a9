import { expect, test } from 'vitest';
import { type Cost, costInWords, costOf, shortOfMemory } from '../../../harness/run/cost.js';
import type { RunSpec } from '../../../harness/store/spec.js';
import { temporary } from '../../support.js';

const MIB = 2 ** 20;
const run = (label: string, seed: number): RunSpec =>
  ({
    id: `${label}-${seed}`,
    kind: 'train',
    stage: label,
    label,
    seed,
    inputs: { start: null },
  }) as Partial<RunSpec> as RunSpec;
const cost: Cost = {
  jobs: 2,
  seconds: { seconds: 600, low: 430, high: 840 },
  memory: { low: 310 * MIB, high: 1334 * MIB, machine: 23.5 * 1024 * MIB },
  disk: { results: 145 * MIB, free: 50 * 1024 * MIB },
};

test('every seed takes its time and disk, every run its memory', () => {
  const runs = [run('a', 0), run('b', 0), run('a', 1), run('b', 1)];
  const forecast = { seconds: { a: 10, b: 30 }, memory: 100 * MIB, largest: null, diskPerSeed: 5 * MIB };
  const { seconds, memory, disk } = costOf(runs, forecast, 2, `${temporary()}/not/there/yet`)!;
  expect(seconds.seconds).toBe(40);
  expect([memory.low, memory.high]).toEqual([100 * MIB, 1124 * MIB]);
  expect(disk.results).toBe(10 * MIB);
  expect(memory.machine).toBeGreaterThan(0);
  expect(disk.free).toBeGreaterThan(0);
});
test('where nothing was foreseen there is no cost', () => {
  expect(costOf([run('a', 0)], { seconds: {}, memory: 1, largest: null, diskPerSeed: 1 }, 2, '.')).toBeNull();
});
test('three lines where all fits', () => {
  const [time, memory, disk, ...others] = costInWords(cost);
  expect(time).toMatch(/^time: about 7 to 14 min \(2 at a time on \d+ cores?\), by steps measured/);
  expect(memory).toBe('memory: about 310 MiB to 1.3 GiB a run, of 24 GiB');
  expect(disk).toBe('disk: about 145 MiB of 50 GiB free');
  expect(others).toEqual([]);
});
test('what does not fit is said with what to do', () => {
  const memory = { low: 900 * MIB, high: 1800 * MIB, machine: 1000 * MIB };
  expect(costInWords({ ...cost, memory }).at(-1)).toContain('run with --jobs 1');
  const disk = { results: 2 * MIB, free: MIB };
  expect(costInWords({ ...cost, disk }).at(-1)).toContain('another --out');
});
test('one run that does not fit is said with its size and what to lower', () => {
  const forecast = (part: 'step' | 'weights') => ({
    seconds: {},
    memory: 1100 * MIB,
    largest: { label: 'dpo', part },
    diskPerSeed: 1,
  });
  expect(shortOfMemory(forecast('step'), 2000 * MIB)).toBeNull();
  const step = shortOfMemory(forecast('step'), 1000 * MIB);
  expect(step).toBe(
    'dpo needs about 1.1 GiB, and this machine has 1000 MiB; lower batchSize in its params, or ' +
      'maxPromptTokens and maxCompletionTokens of the dataset',
  );
  expect(shortOfMemory(forecast('weights'), 1000 * MIB)).toContain('policy.width, policy.layers');
});
