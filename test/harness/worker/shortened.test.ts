import { expect, test } from 'vitest';
import { shortened } from '../../../harness/worker/batches.js';

test('a share of a schedule has at least one step, and none where the schedule has none', () => {
  expect([
    shortened(10, 0.25),
    shortened(3, 0.1),
    shortened(7, 1),
    shortened(0, 1),
    shortened(0, 0.5),
  ]).toEqual([3, 1, 7, 0, 0]);
});
