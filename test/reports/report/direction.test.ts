import { expect, test } from 'vitest';
import { direction } from '../../../reports/report/direction.js';

test('a verdict needs an interval that excludes 0', () => {
  expect([
    direction({ mean: 1, ci: [0.1, 2], n: 3 }),
    direction({ mean: 1, ci: [-0.1, 2], n: 3 }),
    direction({ mean: -1, ci: [-2, -0.1], n: 3 }),
    direction({ mean: 1, ci: null, n: 1 }),
    direction(null),
  ]).toEqual(['more', 'undecided', 'less', 'unknown', 'unknown']);
});
