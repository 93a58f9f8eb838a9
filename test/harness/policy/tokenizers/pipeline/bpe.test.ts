import { describe, expect, test } from 'vitest';
import { bpeMerger, type Merge } from '../../../../../harness/policy/tokenizers/pipeline/bpe.js';
import { wordModel } from '../../../../../harness/policy/tokenizers/pipeline/model.js';
import { remembered } from '../../../../../harness/policy/tokenizers/pipeline/remembered.js';
import { Rng } from '../../../../../harness/rng.js';

/** By the definition: look at every pair, merge the first of the lowest rank, begin again. */
function slowly(merges: readonly Merge[], symbols: readonly number[]): number[] {
  const ranks = new Map(merges.map(([left, right, merged], rank) => [`${left} ${right}`, { rank, merged }]));
  const ids = [...symbols];
  for (;;) {
    const found = ids
      .slice(1)
      .map((right, i) => ({ i, ...ranks.get(`${ids[i]} ${right}`) }))
      .filter(({ rank }) => rank !== undefined);
    if (found.length === 0) return ids;
    const best = found.reduce((a, b) => (b.rank! < a.rank! ? b : a));
    ids.splice(best.i, 2, best.merged!);
  }
}

describe('byte pair encoding', () => {
  const rng = Rng.fromSeed(0);

  /** Merges of random neighbours, each of which may be made of earlier ones. */
  const randomMerges = (count: number): Merge[] =>
    Array.from({ length: count }, (_, i) => [rng.int(4 + i), rng.int(4 + i), 4 + i]);

  test('merges as its definition does, words of one letter and unknown characters included', () => {
    for (let round = 0; round < 300; round++) {
      const merges = randomMerges(1 + rng.int(30));
      const merge = bpeMerger(merges);
      for (let i = 0; i < 10; i++) {
        const word = Array.from({ length: rng.int(40) }, () => (rng.bernoulli(0.05) ? -100 : rng.int(4)));
        expect(merge(word)).toEqual(slowly(merges, word));
      }
    }
  });

  test('a long word takes time in proportion', () => {
    const merges = randomMerges(30);
    const merge = bpeMerger(merges);
    const word = Array.from({ length: 200_000 }, () => rng.int(4));
    expect(merge(word).length).toBeLessThan(word.length);
  });
});

describe('a text that nothing splits', () => {
  const letters = ['\u2581', 'a', 'b', '?'];
  const modelOf = (merges: readonly (readonly [string, string])[], more: object = {}) => {
    const tokens = [...new Set([...letters, ...merges.map(([a, b]) => a + b)])];
    const vocab = Object.fromEntries(tokens.map((token, id) => [token, id]));
    return { tokens, ...wordModel({ at: 'model', json: { type: 'BPE', vocab, merges, ...more } }) };
  };
  const usual = [
    ['\u2581', 'a'],
    ['\u2581', '\u2581'],
    ['a', 'b'],
    ['\u2581a', 'b'],
  ] as const;
  const across = [['b', '\u2581'], ...usual] as const;

  test.each([
    ['none crosses', usual],
    ['one crosses', across],
  ])('has the tokens of the whole where merges meet a space: %s', (_, merges) => {
    const { tokens, encode } = modelOf(merges);
    const merge = bpeMerger(
      merges.map(([a, b]) => [tokens.indexOf(a), tokens.indexOf(b), tokens.indexOf(a + b)]),
    );
    const rng = Rng.fromSeed(1);
    for (let i = 0; i < 200; i++) {
      const text = Array.from({ length: 65 + rng.int(200) }, () => letters[rng.int(3)]!).join('');
      expect(encode(text)).toEqual(merge(Array.from(text, (char) => tokens.indexOf(char))));
    }
  });

  test('unknown characters side by side are one where the model fuses them, over the cuts too', () => {
    const { encode, tokens } = modelOf(usual, { unk_token: '?', fuse_unk: true });
    const text = `${'a'.repeat(70)}xy${'\u2581'}xx`;
    const unknown = tokens.indexOf('?');
    expect(encode(text).slice(70)).toEqual([unknown, tokens.indexOf('\u2581'), unknown]);
  });
});

test('a word is looked up once while it is remembered, and long ones always', () => {
  const asked: string[] = [];
  const length = remembered((word) => asked.push(word) && word.length);
  const long = 'x'.repeat(100);
  for (const word of ['a', 'bé', 'a', 'bé', long, long]) expect(length(word)).toBe(word.length);
  expect(asked).toEqual(['a', 'bé', long, long]);
});
