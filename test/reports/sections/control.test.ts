import { describe, expect, test } from 'vitest';
import type { HandRun } from '../store.js';
import { each, ending, flat, reporter, starts } from './hand.js';

const report = reporter();

describe('the control', () => {
  const twin = (shift: readonly number[]): HandRun[] => [
    ...starts,
    ...each((seed) => ({ label: 'a', seed, gold: flat(2, 0), curve: ending(1, 1) })),
    ...each((seed) => ({
      label: 'a (A/A)',
      stage: 'a',
      role: 'control',
      seed,
      gold: flat(2 + 2 * shift[seed]!, 0),
      curve: ending(1, 1),
    })),
  ];
  test('pairs a repeat with its twin, and counts alarms over turned signs', () => {
    const { control, algorithms } = report(twin([0.1, -0.1, 0.02]));
    expect(control.pairs).toEqual([
      { name: 'a', goldDifference: expect.objectContaining({ n: 3 }), alarm: false },
    ]);
    expect(control.falseAlarms).toMatchObject({ rate: 0, n: 4 });
    expect(algorithms.map((a) => a.name)).toEqual(['a']); // a control is no competitor
  });
  test('a constant difference alarms', () => {
    const { control } = report(twin([1, 1.01, 0.99]));
    // The one way that turns none.
    expect([control.pairs[0]!.alarm, control.falseAlarms!.rate]).toEqual([true, 0.25]);
  });
  test('none: the reason', () =>
    expect(report(starts).control).toMatchObject({
      pairs: [],
      falseAlarms: null,
      reason: expect.stringContaining('itself'),
    }));
});
