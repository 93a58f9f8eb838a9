import { expect, test } from 'vitest';
import { wholePrompts } from '../../../harness/worker/hold-out.js';

test('with a prompt each, the first rows are held out, as ever', () => {
  expect(wholePrompts([3, 1, 4, 0, 2], 3, String)).toEqual([3, 1, 4]);
});

test('rows that share a prompt are held out together or not at all', () => {
  const prompts = ['a', 'a', 'b', 'c', 'c', 'c', 'd'];
  const taken = wholePrompts([5, 0, 2, 1, 6, 3, 4], 3, (i) => prompts[i]!);
  expect(taken).toEqual([5, 3, 4]);
  expect(wholePrompts([0, 2, 5, 1, 6, 3, 4], 4, (i) => prompts[i]!)).toEqual([0, 1, 2, 6]);
  expect(wholePrompts([0, 1], 1, () => 'a')).toEqual([]);
});
