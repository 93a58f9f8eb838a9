import { describe, expect, test } from 'vitest';
import { makeLabeller } from '../../../harness/worker/label.js';
import { byteTokenizer } from '../../../harness/policy/tokenizers/bytes.js';
import { wordTokenizer } from '../../../harness/policy/tokenizers/words.js';
import { bandit, type BanditParams } from '../../../datasets/worlds/bandit/dataset.js';
import { goldReward } from '../../../datasets/worlds/reviews/gold.js';
import { VOCABULARY } from '../../../datasets/worlds/reviews/grammar.js';
import { reviews, type ReviewsParams } from '../../../datasets/worlds/reviews/dataset.js';
import { Rng } from '../../../harness/index.js';

const defaults = <P>(schema: { properties: Record<string, Readonly<Record<string, unknown>>> }, given: Partial<P> = {}): P =>
  ({ ...Object.fromEntries(Object.entries(schema.properties).map(([name, s]) => [name, s['default']])), ...given }) as P;

describe('gold reward of reviews', () => {
  const score = (text: string): number => goldReward('on the plot of a grim comedy from oslo :', text, { limit: 8, slipPenalty: 0.4 });
  const squash = (s: number): number => 8 * Math.tanh(s / 8);
  test.each([
    ['the music is good .', squash(1)],
    ['the plot is good .', squash(2)], // the aspect asked about counts double
    ['the music is not good .', squash(-0.6)],
    ['the music is very good .', squash(1.5)],
    ['the music is not really awful .', squash(2 * 0.6 * 1.3)],
    ['i loved its music .', squash(2)],
    ['the music is bad but the acting is good .', squash(-0.5 + 1.5)],
    ['the music is good . the music is fine .', squash(1 + 0.25 * 0.5)], // said again: a quarter
    ['the music is good . the acting is good .', squash(1 + 0.5)], // the same word again: a half
    ['the music is loud .', 0],
    ['the music is good', squash(1) - 1], // no full stop
    ['good good .', -0.4 * 3], // two slips, and a sentence that says nothing
    ['', -4],
  ])('%s', (text, want) => expect(score(text)).toBeCloseTo(want, 10));
  test('praise without grammar is worth less than grammar without praise', () => {
    expect(score('brilliant superb brilliant superb brilliant superb .')).toBeLessThan(score('the music is loud .'));
  });
});

describe('reviews', () => {
  const open = (seed: number, given: Partial<ReviewsParams> = {}) => reviews.open(defaults<ReviewsParams>(reviews.params, { corpusSize: 50, trainPrompts: 40, validationPrompts: 10, testPrompts: 20, ...given }), seed, '');
  test('equal seeds, equal rows; prompts of the splits are disjoint', async () => {
    const [a, b, c] = [await open(1), await open(1), await open(2)];
    expect(a.corpus!()).toEqual(b.corpus!());
    expect(a.prompts('test')).not.toEqual(c.prompts('test'));
    const all = (['train', 'validation', 'test'] as const).flatMap((s) => a.prompts(s).map((p) => p.prompt));
    expect(new Set(all).size).toBe(70);
  });
  test('every text fits the bounds and survives the tokenizer', async () => {
    const world = await open(3);
    for (const { prompt, completion } of world.corpus!()) {
      expect(world.tokenizer.encode(prompt).length).toBeLessThanOrEqual(world.maxPromptTokens);
      expect(world.tokenizer.encode(completion).length).toBeLessThan(world.maxCompletionTokens);
      expect(world.tokenizer.decode(world.tokenizer.encode(completion))).toBe(completion);
    }
  });
  test('positiveShare moves the corpus', async () => {
    const mean = async (positiveShare: number): Promise<number> => {
      const world = await open(0, { corpusSize: 400, positiveShare });
      const rows = world.corpus!();
      return rows.reduce((sum, r) => sum + world.gold!(r.prompt, r.completion), 0) / rows.length;
    };
    expect(await mean(0.9)).toBeGreaterThan((await mean(0.1)) + 2);
  });
  test('refuses more prompts than there are', () => expect(() => open(0, { trainPrompts: 4000 })).toThrow(/4030, there are 3840 prompts; lower one of them/));
});

describe('bandit', () => {
  const open = (given: Partial<BanditParams>) => bandit.open(defaults<BanditParams>(bandit.params, given), 0, '');
  test('given rewards and reference are the same in every context', async () => {
    const world = await open({ arms: 3, contexts: 2, rewards: [1, 2, 3], reference: [0, 1, 0] });
    expect(['x0', 'x1'].map((x) => ['a0', 'a1', 'a2'].map((a) => world.gold!(x, a)))).toEqual([[1, 2, 3], [1, 2, 3]]);
    expect([...world.initialTable!.logits]).toEqual([0, 1, 0, 0, 1, 0]);
    expect(world.enumerate!('x0')).toEqual(['a0', 'a1', 'a2']);
  });
  test('refuses a list of another length, and words that are no arm', async () => {
    expect(() => open({ arms: 3, rewards: [1] })).toThrow('rewards has 1 numbers for 3 arms; give one for each');
    const { tokenizer } = await open({ arms: 3, contexts: 1 });
    expect(() => tokenizer.encode('a3')).toThrow("'a3' is neither an arm a0..a2 nor a context x0..x0");
  });
});

describe('labels', () => {
  const label = (temperature: number, noise: number, labelsPerPair: number) => makeLabeller((_, c) => Number(c), { temperature, noise, labelsPerPair });
  const share = (labeller: ReturnType<typeof label>, a: string, b: string): number => {
    const rng = Rng.fromSeed('labels');
    let n = 0;
    for (let i = 0; i < 20_000; i++) if (labeller({ id: '', prompt: '' }, a, b, rng)!.chosen === a) n++;
    return n / 20_000;
  };
  // Standard error over 20,000 draws: at most .0036.
  test('Bradley-Terry at a temperature', () => expect(Math.abs(share(label(0.5, 0, 1), '1', '0') - 1 / (1 + Math.exp(-2)))).toBeLessThan(0.012));
  test('temperature 0 is deterministic, noise flips', () => {
    expect(share(label(0, 0, 1), '1', '0')).toBe(1);
    expect(Math.abs(share(label(0, 0.2, 1), '1', '0') - 0.8)).toBeLessThan(0.012);
  });
  test('majority of three: p^3 + 3 p^2 (1 - p) (K15)', () => expect(Math.abs(share(label(0, 0.2, 3), '1', '0') - (0.8 ** 3 + 3 * 0.8 ** 2 * 0.2))).toBeLessThan(0.012));
  test('equal texts, and equal rewards at temperature 0, carry no preference', () => {
    expect(label(1, 0, 1)({ id: '', prompt: '' }, '1', '1', Rng.fromSeed(0))).toBeNull();
    expect(label(0, 0, 1)({ id: '', prompt: '' }, '1', '1.0', Rng.fromSeed(0))).toBeNull();
  });
  test.each([
    [-1, 0, 1, /temperature must be a finite number >= 0, got -1/],
    [1, 0.5, 1, /noise must be in \[0, 0.5\), got 0.5/],
    [1, 0, 0, /labelsPerPair must be a positive integer, got 0/],
  ])('refuses temperature %d, noise %d, %d labels', (t, noise, n, message) => expect(() => label(t, noise, n)).toThrow(message));
});

describe('tokenizers', () => {
  test('bytes take any text and give it back', () => {
    const text = 'naïve 東京 🚀\n\t';
    expect(byteTokenizer().decode(byteTokenizer().encode(text))).toBe(text);
  });
  test('words: unknown ones are refused with the nearest', () => {
    const words = wordTokenizer(VOCABULARY);
    expect(words.decode([...words.encode('the plot is good .'), words.eosId, words.padId])).toBe('the plot is good .');
    expect(() => words.encode('the plit')).toThrow("unknown word 'plit'; did you mean 'plot'?");
    expect(() => words.encode('<eos>')).toThrow(/unknown word/); // special tokens are never text
  });
});
