import { expect, test } from 'vitest';
import { benjaminiHochberg, holm } from '../../../harness/stats/correction.js';

test('Benjamini and Hochberg, as SciPy’s false_discovery_control', () =>
  benjaminiHochberg([0.01, 0.04, 0.03, 0.5]).forEach((q, i) =>
    expect(q).toBeCloseTo([0.04, 0.04 * (4 / 3), 0.04 * (4 / 3), 0.5][i]!, 12),
  ));
test('is never stricter than Holm', () => {
  const p = [0.001, 0.02, 0.02, 0.3, 0.9];
  const strict = holm(p);
  benjaminiHochberg(p).forEach((q, i) => expect(q).toBeLessThanOrEqual(strict[i]!));
});
test('of none is none', () => expect(benjaminiHochberg([])).toEqual([]));
