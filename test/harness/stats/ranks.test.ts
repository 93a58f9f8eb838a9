import { expect, test } from 'vitest';
import { ranks } from '../../../harness/stats/ranks.js';

test('ranks start at 1 for the lowest; equal values share the mean of theirs', () => {
  expect(ranks([3, -1, 10])).toEqual([2, 1, 3]);
  expect(ranks([5, 2, 5, 5])).toEqual([3, 1, 3, 3]);
  expect(ranks([7, 7])).toEqual([1.5, 1.5]);
  expect(ranks([])).toEqual([]);
});
