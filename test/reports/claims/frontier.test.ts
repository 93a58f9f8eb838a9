import { expect, test } from 'vitest';
import { areaBetween, at, commonRange } from '../../../reports/claims/frontier.js';

const line = [
  { kl: 0, y: 0 },
  { kl: 4, y: 2 },
]; // y = sqrt(KL)
test('linear in sqrt(KL), at points exactly, nothing outside', () => {
  expect(at(line, 1)).toBeCloseTo(1, 12);
  expect(at(line.toReversed(), 2.25)).toBeCloseTo(1.5, 12);
  expect(at(line, 4)).toBe(2);
  expect(at(line, 4.1)).toBeNaN();
  expect(
    at(
      [
        { kl: 1, y: 1 },
        { kl: 4, y: 2 },
      ],
      0.5,
    ),
  ).toBeNaN();
});
test('the range all reach', () => {
  expect(
    commonRange([
      line,
      [
        { kl: 1, y: 0 },
        { kl: 9, y: 0 },
      ],
    ]),
  ).toEqual([1, 4]);
  expect(
    commonRange([
      line,
      [
        { kl: 5, y: 0 },
        { kl: 9, y: 0 },
      ],
    ]),
  ).toBeNull();
  expect(commonRange([line, [{ kl: 1, y: 0 }]])).toBeNull();
});
test('area between two frontiers', () => {
  const lower = line.map(({ kl, y }) => ({ kl, y: y - 0.25 }));
  expect(areaBetween(line, lower)).toBeCloseTo(0.25, 12);
  expect(
    areaBetween(line, [
      { kl: 0, y: 0 },
      { kl: 1, y: 0 },
    ]),
  ).toBeCloseTo(0.5, 12); // mean of sqrt(KL) over [0, 1]
});
