import { describe, expect, test } from 'vitest';
import { gridOf, linearAt, locate, meanOver, sharedRange } from '../../../harness/stats/piecewise.js';

describe('places among rising points', () => {
  test('between two, on one, outside', () => {
    expect(locate([0, 1, 3], 2)).toEqual({ from: 1, to: 2, share: 0.5 });
    expect(locate([0, 1, 3], 1)).toEqual({ from: 1, to: 1, share: 0 });
    expect([locate([0, 1, 3], -0.1), locate([0, 1, 3], 3.1)]).toEqual([null, null]);
  });
  test('linear between points, exactly theirs on them, nothing outside', () => {
    expect(linearAt([0, 1, 3], [10, 20, 40], 2)).toBe(30);
    expect(linearAt([0, 1, 3], [10, 0.1, 40], 1)).toBe(0.1);
    expect(linearAt([0, 1, 3], [10, 20, 40], 4)).toBeNull();
  });
});

test('the range that all cover, whatever their order; one point is no range', () => {
  expect(
    sharedRange([
      [3, 0],
      [9, 1, 2],
    ]),
  ).toEqual([1, 3]);
  expect(
    sharedRange([
      [0, 1],
      [1, 2],
    ]),
  ).toBeNull();
  expect(sharedRange([[0, 1], []])).toBeNull();
});

test('the mean over a range, and a grid that ends where the range does', () => {
  expect(meanOver([1, 3], (x) => 2 * x)).toBeCloseTo(4, 12);
  expect(gridOf([0, 0.3], 4)).toEqual([0, expect.closeTo(0.1, 12), expect.closeTo(0.2, 12), 0.3]);
  expect(gridOf([2, 2], 4)).toEqual([2]);
});
