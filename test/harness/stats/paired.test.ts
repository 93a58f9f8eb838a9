import { describe, expect, test } from 'vitest';
import { studentQuantile } from '../../../harness/stats/distributions.js';
import { mean, standardError } from '../../../harness/stats/moments.js';
import { pairedTest } from '../../../harness/stats/paired.js';

describe('paired t test', () => {
  test('the p-value whose interval ends at 0', () => {
    const d = [1, 2, 4, 5];
    const t = mean(d) / standardError(d);
    expect(studentQuantile(1 - pairedTest(d)! / 2, 3)).toBeCloseTo(t, 6);
    expect(pairedTest(d.map((x) => -x))).toBe(pairedTest(d));
  });
  test('edges', () =>
    expect([pairedTest([1]), pairedTest([0, 0]), pairedTest([2, 2])]).toEqual([null, 1, 0]));
});
