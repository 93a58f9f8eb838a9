import { expect, test } from 'vitest';
import { textRows } from '../../../harness/worker/text-rows.js';

const pair = (prompt: number[], chosen: number[], rejected: number[]) => ({
  chosen: { prompt, completion: chosen },
  rejected: { prompt, completion: rejected },
});

test('every token but the first of a prompt is predicted once; a prompt of two pairs is there once', () => {
  const prompt = [1, 2, 3, 4, 5, 6];
  const rows = textRows([pair(prompt, [7, 8], [9]), pair(prompt, [10], [11])], 2);
  expect(rows).toEqual([
    { prompt: [1], completion: [2, 3] },
    { prompt: [1, 2, 3], completion: [4, 5] },
    { prompt: [1, 2, 3, 4, 5], completion: [6] },
    { prompt: [1, 2, 3, 4, 5, 6], completion: [7, 8] },
    { prompt: [1, 2, 3, 4, 5, 6], completion: [9] },
    { prompt: [1, 2, 3, 4, 5, 6], completion: [10] },
    { prompt: [1, 2, 3, 4, 5, 6], completion: [11] },
  ]);
});

test('a prompt of one token has nothing to predict', () => {
  expect(textRows([pair([1], [2], [3])], 8)).toHaveLength(2);
});
