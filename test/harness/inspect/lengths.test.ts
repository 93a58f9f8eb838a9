import { describe, expect, test } from 'vitest';
import { Lengths } from '../../../harness/inspect/lengths.js';

const lengths = (...values: number[]) => {
  const all = new Lengths();
  for (const value of values) all.add(value);
  return all.row();
};

describe('lengths', () => {
  test('of nothing are none', () => expect(lengths()).toBeNull());
  test('have exact figures', () => {
    const row = lengths(1, 2, 3, 4, 100)!;
    expect([row.min, row.mean, row.median, row.p95, row.max]).toEqual([1, 22, 3, 100, 100]);
  });
  test('every row is in one range, and the ranges cover all without a gap', () => {
    const values = Array.from({ length: 57 }, (_, i) => 3 + ((i * 37) % 41));
    const { bins, min, max } = lengths(...values)!;
    expect(bins.reduce((sum, { rows }) => sum + rows, 0)).toBe(57);
    expect([bins[0]!.from, bins.at(-1)!.to]).toEqual([min, max]);
    for (const [i, { from, to, rows }] of bins.entries()) {
      expect(rows).toBe(values.filter((value) => value >= from && value <= to).length);
      if (i > 0) expect(from).toBe(bins[i - 1]!.to + 1);
    }
  });
  test('of one length are one range', () => {
    expect(lengths(7, 7)!.bins).toEqual([{ from: 7, to: 7, rows: 2 }]);
  });
});
