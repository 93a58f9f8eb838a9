import { expect, test } from 'vitest';
import { type CardSample, together, Use } from '../../../../harness/run/launch/card-use.js';

const CARD = { index: 0, uuid: 'GPU-1', name: 'NVIDIA H200', memoryBytes: 8e9, driver: '580.1' };
const sample = (at: number, rest: Partial<CardSample> = {}): CardSample => ({
  at,
  memoryBytes: 1e9,
  watts: 100,
  clockMhz: 1500,
  maxClockMhz: 1980,
  reasons: 0n,
  ...rest,
});

test('energy is power over time: a worked example', () => {
  // 100 W held from 0 to 1 s, to 300 W at 2 s (200 J), and 300 W held to 2.5 s (150 J).
  const use = new Use(CARD, sample(-100), 0);
  use.add(sample(1000, { memoryBytes: 5e9, reasons: 0x4n }));
  use.add(sample(2000, { watts: 300, memoryBytes: 3e9, clockMhz: 1200, reasons: 0x21n }));
  const { energyJoules, sampledSeconds, ...rest } = use.sum(2500);
  expect(energyJoules).toBeCloseTo(100 + 200 + 150, 6);
  expect(sampledSeconds).toBeCloseTo(2.5, 6);
  expect(rest).toEqual({
    model: 'NVIDIA H200',
    uuid: 'GPU-1',
    driver: '580.1',
    memoryBytes: 8e9,
    peakMemoryBytes: 5e9,
    memoryBeforeBytes: 1e9,
    clockMhz: 1350,
    maxClockMhz: 1980,
    heldBack: { 'power cap': 0.5, 'temperature (software)': 0.5 },
  });
});
test('a time without samples is not counted, and is told from the seconds', () => {
  const use = new Use(CARD, sample(0), 0);
  use.add(sample(1000));
  use.add(sample(61_000)); // nvidia-smi was away for a minute
  const { energyJoules, sampledSeconds } = use.sum(62_000);
  expect(sampledSeconds).toBeCloseTo(2, 6);
  expect(energyJoules).toBeCloseTo(200, 6);
});
test('what nvidia-smi does not say is null, and so is what came of no sample', () => {
  const none = { peakMemoryBytes: null, energyJoules: null, sampledSeconds: 0, clockMhz: null, heldBack: {} };
  expect(new Use(CARD, null, 0).sum(1000)).toMatchObject({ ...none, memoryBeforeBytes: null });
  const silent = new Use(CARD, null, 0);
  silent.add(sample(500, { memoryBytes: null, watts: null, clockMhz: null, maxClockMhz: null }));
  expect(silent.sum(1000)).toMatchObject(none);
});
test('a run that was interrupted took what both parts took', () => {
  const [first, second] = [new Use(CARD, sample(0), 0), new Use(CARD, sample(0), 0)];
  first.add(sample(1000, { memoryBytes: 7e9, reasons: 0x40n }));
  second.add(sample(1000));
  second.add(sample(2000));
  const both = together(first.sum(1000), second.sum(2000));
  expect(both.energyJoules).toBeCloseTo(300, 6);
  expect(both.sampledSeconds).toBeCloseTo(3, 6);
  expect(both.peakMemoryBytes).toBe(7e9);
  expect(both.heldBack['temperature (hardware)']).toBeCloseTo(1 / 3, 6);
  const other = { ...second.sum(2000), model: 'NVIDIA H100' };
  expect(together(first.sum(1000), other)).toEqual(other);
});
