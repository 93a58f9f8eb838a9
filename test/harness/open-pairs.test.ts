import { describe, expect, test } from 'vitest';
import { type Split, SPLITS } from '../../harness/contracts/dataset.js';
import { type GivenPair, openPairs, wordTokenizer } from '../../harness/index.js';

const pairs: GivenPair[] = Array.from({ length: 40 }, (_, i) => ({
  prompt: `prompt ${i % 30}`,
  chosen: ' yes',
  rejected: ' no, never',
}));

describe('openPairs', () => {
  test('splits by the seed: every pair once, the same for the same seed, another for another', () => {
    const open = openPairs(pairs, 0);
    const ids = SPLITS.map((split) => open.pairs!(split).map((p) => p.id));
    const prompts = SPLITS.map((split) => open.prompts(split).map((p) => p.prompt));
    expect(prompts.map((split) => split.length)).toEqual([23, 1, 3, 3]);
    expect(new Set(prompts.flat()).size).toBe(30);
    expect(ids.flat().sort((a, b) => Number(a) - Number(b))).toEqual(pairs.map((_, i) => String(i)));
    expect(openPairs(pairs, 0).pairs!('test')).toEqual(open.pairs!('test'));
    expect(openPairs(pairs, 1).pairs!('test')).not.toEqual(open.pairs!('test'));
  });
  test('bounds are those of the longest row, the end token included', () => {
    const open = openPairs(pairs, 0);
    expect(open).toMatchObject({ maxPromptTokens: 9, maxCompletionTokens: 11, endsWithEos: true });
    expect(open.gold).toBeUndefined();
    const words = wordTokenizer(['a', 'b', 'c']);
    const rows = Array.from({ length: 3 }, () => ({ prompt: 'a b', chosen: 'c', rejected: 'b b b' })).map(
      (row, i) => ({ ...row, prompt: ['a b', 'b', 'c'][i]! }),
    );
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
    expect(SPLITS.flatMap((split) => open.pairs!(split))).toHaveLength(41);
  });
  test('too few prompts are refused', () => {
    expect(() => openPairs(pairs.slice(0, 2), 0)).toThrow(
      'dataset has 2 usable rows with 2 different prompts; ' +
        'at least 3 are needed for train, validation and test, which share none',
    );
    expect(() => openPairs(pairs.slice(0, 1), 0)).toThrow('dataset has one usable row with one prompt; ');
  });
  test('spelling of white space and Unicode makes no other prompt', () => {
    const twice = ['e\u0301 x', ' \u00e9  x\n', 'b', 'c', 'd', 'f'].map((prompt) => ({
      ...pairs[0]!,
      prompt,
    }));
    for (let seed = 0; seed < 20; seed++) {
      const open = openPairs(twice, seed);
      const having = SPLITS.map((split) => open.pairs!(split).filter(({ id }) => Number(id) < 2).length);
      expect(having.sort()).toEqual([0, 0, 0, 2]);
    }
  });
  test('pairs that no algorithm sees: a share, none where it is 0 or where no prompt would be left', () => {
    const heldout = (given: readonly GivenPair[], heldoutShare?: number): number =>
      openPairs(given, 0, heldoutShare === undefined ? {} : { heldoutShare }).prompts('heldout').length;
    expect(heldout(pairs)).toBe(3);
    expect(heldout(pairs, 0.5)).toBe(13);
    expect(heldout(pairs, 0)).toBe(0);
    const [three, four] = [pairs.slice(0, 3), pairs.slice(0, 4)];
    expect([heldout(three), openPairs(three, 0).prompts('train').length]).toEqual([0, 1]);
    expect([heldout(four), openPairs(four, 0).prompts('train').length]).toEqual([1, 1]);
  });
  test('another share of one split leaves the prompts of the others where they are', () => {
    const many = Array.from({ length: 300 }, (_, i) => ({ ...pairs[0]!, prompt: `p ${i}` }));
    const texts = (split: Split, options: object = {}): string[] =>
      openPairs(many, 5, options)
        .prompts(split)
        .map(({ prompt }) => prompt);
    const fewer = { testShare: 0.02, validationShare: 0.02, heldoutShare: 0.02 };
    for (const [split, share] of [
      ['test', 'testShare'],
      ['validation', 'validationShare'],
      ['heldout', 'heldoutShare'],
    ] as const) {
      const larger = { ...fewer, [share]: 0.2 };
      expect(texts(split, larger)).toEqual(expect.arrayContaining(texts(split, fewer)));
      expect(texts(split, larger).length).toBeGreaterThan(40);
      // A share is of the prompts left: the others may be smaller, and none has other prompts.
      for (const other of (['test', 'validation', 'heldout'] as const).filter((x) => x !== split))
        expect(texts(other, fewer), `${split} -> ${other}`).toEqual(
          expect.arrayContaining(texts(other, larger)),
        );
    }
  });
  test('more pairs leave nearly every prompt in its split', () => {
    const many = Array.from({ length: 200 }, (_, i) => ({ ...pairs[0]!, prompt: `p ${i}` }));
    const testing = (n: number) =>
      new Set(
        openPairs(many.slice(0, n), 3)
          .prompts('test')
          .map((p) => p.prompt),
      );
    const [before, after] = [testing(190), testing(200)];
    expect([...before].filter((prompt) => !after.has(prompt)).length).toBeLessThanOrEqual(2);
  });
  test('test prompts that are training prompts are refused with their count and the first, or kept', () => {
    const test = [0, 1, 99].map((i) => ({ ...pairs[0]!, prompt: ` prompt  ${i}` }));
    expect(() => openPairs(pairs, 0, { test })).toThrow(
      'dataset: 2 of 3 test prompts are training prompts too, the first is " prompt  0"; ' +
        'remove them from either, or set allowSharedPrompts: true',
    );
    expect(openPairs(pairs, 0, { test, allowSharedPrompts: true }).pairs!('test')).toHaveLength(3);
  });
  test('what closes a completion stays with it', () => {
    const open = openPairs(
      pairs.map((pair) => ({ ...pair, closed: true })),
      0,
    );
    expect(open.corpus!()[0]).toMatchObject({ closed: true });
    expect(open.maxCompletionTokens).toBe(10);
  });
  test('what the tokens of pairs come to stays beside them', () => {
    const tokensOf = (n: number) => ({
      ...{ prompt: n, chosen: 1, rejected: 1, equal: false, unknown: 0 },
      ends: { chosen: 1, rejected: 1 },
    });
    const tokens = pairs.map((_, i) => tokensOf(i));
    const test = [{ id: 'mine', prompt: 'q', chosen: 'a', rejected: 'b' }];
    const open = openPairs(pairs, 0, { tokens });
    for (const split of ['train', 'validation', 'test'] as const)
      expect(open.pairTokens!(split).map(({ prompt }) => String(prompt))).toEqual(
        open.pairs!(split).map(({ id }) => id),
      );
    const tested = openPairs(pairs, 0, { tokens, test, testTokens: [tokensOf(99)] });
    expect(tested.pairTokens!('test')).toEqual([tokensOf(99)]);
    expect(openPairs(pairs, 0, { tokens, test }).pairTokens).toBeUndefined();
    expect(openPairs(pairs, 0).pairTokens).toBeUndefined();
  });
});
