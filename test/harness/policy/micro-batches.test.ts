import { expect, test } from 'vitest';
import { packBatch, rowsIn, type TokenRow } from '../../../harness/policy/batch.js';
import { microBatches } from '../../../harness/policy/micro-batches.js';
import { shareOfTokens } from '../../../harness/policy/packing.js';

const shape = { time: 8, completion: 4, padId: 0 };
const packing = { varying: true };
const row = (prompt: number, length: number): TokenRow => ({
  prompt: [prompt, prompt],
  completion: Array.from({ length }, (_, i) => 1 + i),
});
/** Two completions of each of five prompts, the first of each before the second. */
const pairs = [1, 2, 3, 4, 5].flatMap((p) => [[row(p, 3)], [row(p, 2)]]);
const batch = packBatch(
  [...pairs.filter((_, i) => i % 2 === 0), ...pairs.filter((_, i) => i % 2 === 1)].flat(),
  shape,
);
const rowsOf = (most: number): number[][] =>
  microBatches(batch, most, packing).map(({ rows, own }) => rows.slice(0, own));

test('completions of a prompt stay together, in parts about as large', () => {
  expect(rowsOf(4)).toEqual([
    [0, 1, 5, 6],
    [2, 3, 7, 8],
    [4, 9],
  ]);
  expect(rowsOf(5)).toEqual(rowsOf(4));
  expect(rowsOf(8)).toEqual([
    [0, 1, 2, 5, 6, 7],
    [3, 4, 8, 9],
  ]);
});
test('where they do not fit, rows of a prompt follow each other', () => {
  expect(rowsOf(1)).toEqual([[0], [5], [1], [6], [2], [7], [3], [8], [4], [9]]);
});
test('every row is there once, and what fills up a part repeats its first', () => {
  for (const most of [1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11]) {
    expect(
      rowsOf(most)
        .flat()
        .sort((a, b) => a - b),
    ).toEqual([0, 1, 2, 3, 4, 5, 6, 7, 8, 9]);
    for (const { rows, own, tokens } of microBatches(batch, most, packing)) {
      expect(rows.length).toBeLessThanOrEqual(most);
      expect(rows.slice(own)).toEqual(rows.slice(own).map(() => rows[0]));
      expect(rowsIn(tokens).map(({ prompt }) => prompt[0])).toEqual(
        rows.map((i) => rowsIn(batch)[i]!.prompt[0]),
      );
    }
  }
});
test('parts have one shape, and a prompt is computed once for both of its completions', () => {
  const shapes = microBatches(batch, 4, packing).map(({ tokens }) => tokens.packed!.positions.ids.shape[0]);
  expect(new Set(shapes).size).toBe(1);
  // One token of each of two prompts but its last, and 2 (3 + 2) of completions, rounded up.
  expect(shapes[0]).toBeLessThan(4 * 5);
  expect(shareOfTokens(microBatches(batch, 4, packing).map(({ tokens }) => tokens))).toBeGreaterThan(0.6);
});
