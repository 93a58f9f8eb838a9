import { describe, expect, test } from 'vitest';
import { packBatch, recombined, rows, rowsIn } from '../../../harness/policy/batch.js';

const shape = { time: 7, completion: 3, padId: 9 };
const prompts = [[1], [2, 3], [4, 5, 6]];
/** Two completions of each of three prompts, in turn. */
const six = Array.from({ length: 6 }, (_, i) => ({
  prompt: prompts[i % 3]!,
  completion: [7, 8, 7].slice(0, 1 + (i % 3)).map((x) => x - (i < 3 ? 0 : 1)),
}));
const batch = packBatch(six, shape);

test('rows of a batch are those that it was packed from, and some are packed as they are alone', () => {
  expect(rowsIn(batch)).toEqual(six.map((row) => ({ ...row, scored: row.completion.length })));
  for (const indices of [[0, 1, 2, 3, 4, 5], [2, 0, 5, 3], [1, 1], [4]])
    expect(rows(batch, indices)).toEqual(
      packBatch(
        indices.map((i) => six[i]!),
        shape,
      ),
    );
});

test('a row is scored where it says, and its tokens are all there', () => {
  const scored = six.map((row, i) => (i === 2 || i === 5 ? { ...row, scored: 2 } : row));
  const plain = packBatch(scored, shape);
  expect(Array.from(plain.last.data)).toEqual([1, 10, 18, 22, 31, 39]);
  expect(plain.mask).toEqual(batch.mask);
  expect(rowsIn(plain)).toEqual(scored.map((row) => ({ scored: row.completion.length, ...row })));
  expect(recombined(plain, [0, 1, 2], [3, 4, 5]).last.data).toEqual(
    packBatch(
      [0, 1, 2].map((i) => ({ ...scored[i + 3]!, prompt: six[i]!.prompt })),
      shape,
    ).last.data,
  );
});

describe('recombined', () => {
  test('prompts with the completions of other rows', () => {
    const want = [0, 1, 2].map((i) => ({ prompt: six[i]!.prompt, completion: six[5 - i]!.completion }));
    expect(recombined(batch, [0, 1, 2], [5, 4, 3])).toEqual(packBatch(want, shape));
  });
  test('with their own: the same rows', () => {
    const all = [0, 1, 2, 3, 4, 5];
    expect(recombined(batch, all, all)).toEqual(packBatch(six, shape));
  });
  test('rows without padding', () => {
    const full = [
      { prompt: [1, 2], completion: [3] },
      { prompt: [4, 5], completion: [6] },
    ];
    const tight = { time: 3, completion: 1, padId: 9 };
    const want = [
      { prompt: [1, 2], completion: [6] },
      { prompt: [4, 5], completion: [3] },
    ];
    expect(recombined(packBatch(full, tight), [0, 1], [1, 0])).toEqual(packBatch(want, tight));
  });
  test('a prompt and a completion too long for one row are refused', () => {
    const two = packBatch(
      [
        { prompt: [1, 2, 3, 4, 5], completion: [6] },
        { prompt: [1], completion: [2, 3, 4] },
      ],
      shape,
    );
    expect(() => recombined(two, [0], [1])).toThrow(/5 prompt and 3 completion tokens does not fit/);
  });
});
