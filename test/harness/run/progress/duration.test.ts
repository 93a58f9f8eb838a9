import { expect, test } from 'vitest';
import { duration, inWords } from '../../../../harness/run/progress/duration.js';

const between = (low: number, high: number): string => inWords({ seconds: (low + high) / 2, low, high });

test('seconds and minutes, never 60 seconds', () => {
  expect([0.4, 89.4, 90, 119.6, 725].map(duration)).toEqual([
    '0 s',
    '89 s',
    '1 min 30 s',
    '2 min 0 s',
    '12 min 5 s',
  ]);
});
test('a range while it is wide, in one unit; a number once it is narrow', () => {
  expect(between(20, 45)).toBe('about 20 to 45 s');
  expect(between(60, 150)).toBe('about 1.0 to 2.5 min');
  expect(between(8.2 * 60, 14.4 * 60)).toBe('about 8 to 14 min');
  expect(between(2 * 3600, 4 * 3600)).toBe('about 2.0 to 4 h');
  expect(between(600, 700)).toBe('about 10 min 50 s');
  expect(between(0.2, 0.4)).toBe('about 0 s');
});
