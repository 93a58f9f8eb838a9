import { expect, test } from 'vitest';
import { within } from '../../../harness/forecast/rates.js';

const row = (tokens: number) => ({ prompt: [0], completion: Array.from({ length: tokens - 1 }, () => 0) });

test('rows are timed up to so many looks, and one row whatever it takes', () => {
  const rows = [row(3), row(4), row(2)];
  expect(within(29, rows)).toEqual(rows); // 9 + 16 + 4
  expect(within(28, rows)).toEqual(rows.slice(0, 2));
  expect(within(24, rows)).toEqual(rows.slice(0, 1));
  expect(within(1, rows)).toEqual(rows.slice(0, 1));
  expect(within(1, [])).toEqual([]);
});
