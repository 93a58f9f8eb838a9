import { describe, expect, test } from 'vitest';
import { equalLengthOutcomes } from '../../../harness/stats/length-control.js';

describe('outcomes at equal length', () => {
  test('what the length alone explains is taken off', () => {
    const lengths = Float64Array.from([-2, -1, 0, 1, 2]);
    const deviation = Math.sqrt(2.5);
    const outcomes = lengths.map((d) => 0.4 + 0.3 * Math.tanh((d + 1) / deviation));
    const shifted = equalLengthOutcomes(
      outcomes,
      lengths.map((d) => d + 1),
    );
    for (const y of shifted) expect(y).toBeCloseTo(0.4, 12);
  });
  test('equal lengths explain nothing', () =>
    expect([...equalLengthOutcomes(Float64Array.from([0, 1, 1]), new Float64Array(3))]).toEqual([0, 1, 1]));
});
