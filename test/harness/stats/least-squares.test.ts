import { expect, test } from 'vitest';
import { slope } from '../../../harness/stats/least-squares.js';

test('least squares', () => {
  expect(
    slope([
      [0, 1],
      [1, 3],
      [2, 5],
    ]),
  ).toBeCloseTo(2, 12);
  expect(
    slope([
      [1, 1],
      [1, 3],
    ]),
  ).toBeNull();
});
