import { describe, expect, test } from 'vitest';
import { packBatch, packShared, recombined, rows } from '../../../harness/policy/batch.js';

const shape = { time: 7, completion: 3, padId: 9 };
const prompts = [[1], [2, 3], [4, 5, 6]];
/** Two completions of each of three prompts, in turn. */
const six = Array.from({ length: 6 }, (_, i) => ({
  prompt: prompts[i % 3]!,
  completion: [7, 8, 7].slice(0, 1 + (i % 3)).map((x) => x - (i < 3 ? 0 : 1)),
}));
const batch = packShared(six, 3, shape);

describe('rows of a batch with shared prompts', () => {
  const packed = (indices: readonly number[], groups: number) =>
    packShared(
      indices.map((i) => six[i]!),
      groups,
      shape,
    );
  test.each([
    ['all, in order', [0, 1, 2, 3, 4, 5], 3],
    ['whole groups', [2, 0, 5, 3], 2],
    ['the sides swapped, group by group', [3, 1, 5, 0, 4, 2], 3],
    ['one completion drawn twice', [1, 1], 1],
  ])('are shared where they are completions of the same prompts in turn: %s', (_, indices, groups) => {
    expect(rows(batch, indices)).toEqual(packed(indices, groups));
  });
  test.each([
    ['one of each prompt', [0, 1, 2]],
    ['a group cut in two', [0, 1, 3]],
    ['groups out of turn', [0, 1, 4, 3]],
    ['a single row', [4]],
  ])('are plain otherwise: %s', (_, indices) => {
    expect(rows(batch, indices)).toEqual(
      packBatch(
        indices.map((i) => six[i]!),
        shape,
      ),
    );
  });
});

test('a row is scored where it says, with and without shared prompts, and its tokens are all there', () => {
  const scored = six.map((row, i) => (i === 2 || i === 5 ? { ...row, scored: 2 } : row));
  const plain = packBatch(scored, shape);
  expect(Array.from(plain.last.data)).toEqual([1, 10, 18, 22, 31, 39]);
  expect(plain.mask).toEqual(batch.mask);
  expect(Array.from(packShared(scored, 3, shape).shared!.last.data)).toEqual([1, 6, 10, 13, 18, 22]);
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
