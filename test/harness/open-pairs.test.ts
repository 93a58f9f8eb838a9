import { describe, expect, test } from 'vitest';
import { type GivenPair, openPairs, wordTokenizer } from '../../harness/index.js';

const pairs: GivenPair[] = Array.from({ length: 40 }, (_, i) => ({
  prompt: `prompt ${i % 30}`,
  chosen: ' yes',
  rejected: ' no, never',
}));

describe('openPairs', () => {
  test('splits by the seed: every pair once, the same for the same seed, another for another', () => {
    const open = openPairs(pairs, 0);
    const ids = (['train', 'validation', 'test'] as const).map((split) =>
      open.pairs!(split).map((p) => p.id),
    );
    expect(ids.map((split) => split.length)).toEqual([34, 2, 4]);
    expect(ids.flat().sort((a, b) => Number(a) - Number(b))).toEqual(pairs.map((_, i) => String(i)));
    expect(openPairs(pairs, 0).pairs!('test')).toEqual(open.pairs!('test'));
    expect(openPairs(pairs, 1).pairs!('test')).not.toEqual(open.pairs!('test'));
  });
  test('bounds are those of the longest row, the end token included', () => {
    const open = openPairs(pairs, 0);
    expect(open).toMatchObject({ maxPromptTokens: 9, maxCompletionTokens: 11, endsWithEos: true });
    expect(open.gold).toBeUndefined();
    const words = wordTokenizer(['a', 'b', 'c']);
    const rows = Array.from({ length: 3 }, () => ({ prompt: 'a b', chosen: 'c', rejected: 'b b b' }));
    expect(openPairs(rows, 0, { tokenizer: words })).toMatchObject({
      maxPromptTokens: 2,
      maxCompletionTokens: 4,
    });
    expect(openPairs(rows, 0, { tokenizer: words, maxPromptTokens: 8 })).toMatchObject({
      maxPromptTokens: 8,
    });
  });
  test('a prompt of several pairs is one prompt; the corpus is what was chosen in training', () => {
    const open = openPairs(pairs, 0);
    const prompts = open.prompts('train').map((p) => p.prompt);
    expect(new Set(prompts).size).toBe(prompts.length);
    expect(prompts.length).toBeLessThan(open.pairs!('train').length);
    expect(open.corpus!()).toEqual(
      open.pairs!('train').map(({ id, prompt, chosen }) => ({ id, prompt, completion: chosen })),
    );
  });
  test('pairs given for testing are all of its test, and none of the others', () => {
    const test = [{ id: 'mine', prompt: 'q', chosen: 'a', rejected: 'b' }];
    const open = openPairs(pairs, 0, { test });
    expect(open.pairs!('test')).toEqual(test);
    expect([...open.pairs!('train'), ...open.pairs!('validation')]).toHaveLength(40);
  });
  test('too few are refused', () => {
    expect(() => openPairs(pairs.slice(0, 2), 0)).toThrow(
      'dataset has 2 usable rows; at least 3 are needed for train, validation and test',
    );
  });
});
