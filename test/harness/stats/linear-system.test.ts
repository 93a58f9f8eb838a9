import { expect, test } from 'vitest';
import { solve } from '../../../harness/stats/linear-system.js';

test('solves by elimination, with a pivot where the diagonal is 0, and refuses a singular matrix', () => {
  expect(
    solve(
      [
        [0, 2],
        [1, 1],
      ],
      [4, 3],
    ),
  ).toEqual([1, 2]);
  expect(() =>
    solve(
      [
        [1, 1],
        [1, 1],
      ],
      [1, 2],
    ),
  ).toThrow(/singular/);
});
