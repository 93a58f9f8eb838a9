import { expect, test } from 'vitest';
import { textRows } from '../../../harness/worker/text-rows.js';

const pairs = (...all: readonly (readonly [prompt: number[], chosen: number[], rejected: number[]])[]) => ({
  chosen: all.map(([prompt, completion]) => ({ prompt, completion })),
  rejected: all.map(([prompt, , completion]) => ({ prompt, completion })),
});

test('every token but the first of a prompt is predicted once; a prompt of two pairs is there once', () => {
  const prompt = [1, 2, 3, 4, 5, 6];
  const rows = textRows(pairs([prompt, [7, 8], [9]], [prompt, [10], [11]]), 2);
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
  expect(textRows(pairs([[1], [2], [3]]), 8)).toHaveLength(2);
});

test('what equals a prompt in other numbers is another prompt', () => {
  // As texts both are 1 2 3 where nothing stands between the numbers.
  expect(textRows(pairs([[1, 23], [2], [3]], [[12, 3], [2], [3]]), 8)).toHaveLength(6);
});
