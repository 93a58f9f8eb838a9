import { expect, test } from 'vitest';
import type { SampleRow } from '../../../harness/store/records.js';
import type { Tokenizer } from '../../../harness/contracts/tokenizer.js';
import { possibleRows } from '../../../reports/view/token-ratios.js';

/** Letters, with a begin token 1 for plain text, and two end tokens. */
const letters = (begin: readonly number[]): Tokenizer => {
  const codes = (text: string): number[] => [...text].map((char) => char.charCodeAt(0));
  const encode = (text: string): number[] => [...begin, ...codes(text)];
  return {
    vocabSize: 128,
    eosId: 2,
    endIds: [2, 3],
    padId: 2,
    encode,
    encodeAfter: (prompt, completion) => ({
      ids: encode(prompt + completion).slice(encode(prompt).length),
      exact: true,
    }),
    decode: (ids) => String.fromCharCode(...Array.from(ids)),
    toJSON: () => ({}),
  };
};
const tokenizers = [letters([1]), letters([])];
const sample = (completion: string, tokens: number, finished: boolean) =>
  ({ prompt: 'p', completion, tokens, finished }) as SampleRow;
const rows = (of: SampleRow) =>
  possibleRows(of, tokenizers).map(({ prompt, completion }) => [prompt, completion]);

test('a finished sample ended with any end token, after a prompt of plain text or of a template', () => {
  expect(rows(sample('a', 2, true))).toEqual([
    [
      [1, 112],
      [97, 2],
    ],
    [
      [1, 112],
      [97, 3],
    ],
    [[112], [97, 2]],
    [[112], [97, 3]],
  ]);
});
test('one that was cut ended with none, and an empty one that was finished is its end token', () => {
  expect(rows(sample('ab', 2, false))).toEqual([
    [
      [1, 112],
      [97, 98],
    ],
    [[112], [97, 98]],
  ]);
  expect(rows(sample('', 1, true))).toHaveLength(4);
});
test('there is none where the text has other tokens than were drawn', () =>
  expect(rows(sample('abc', 2, true))).toEqual([]));
