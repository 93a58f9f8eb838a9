import { describe, expect, test } from 'vitest';
import { reviews, type ReviewsParams } from '../../../datasets/worlds/reviews/dataset.js';
import { goldReward } from '../../../datasets/worlds/reviews/gold.js';
import { SPLITS, type Split } from '../../../harness/contracts/dataset.js';
import { defaults } from '../support.js';

describe('gold reward of reviews', () => {
  const score = (text: string): number =>
    goldReward('on the plot of a grim comedy from oslo :', text, { limit: 8, slipPenalty: 0.4 });
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
    expect(score('brilliant superb brilliant superb brilliant superb .')).toBeLessThan(
      score('the music is loud .'),
    );
  });
});

describe('reviews', () => {
  const open = (seed: number, given: Partial<ReviewsParams> = {}) =>
    reviews.open(
      defaults<ReviewsParams>(reviews.params, {
        corpusSize: 50,
        trainPrompts: 40,
        validationPrompts: 10,
        testPrompts: 20,
        heldoutPrompts: 30,
        ...given,
      }),
      seed,
      '',
    );
  test('equal seeds, equal rows; prompts of the splits are disjoint', async () => {
    const [a, b, c] = [await open(1), await open(1), await open(2)];
    expect(a.corpus!()).toEqual(b.corpus!());
    expect(a.prompts('test')).not.toEqual(c.prompts('test'));
    const all = SPLITS.flatMap((s) => a.prompts(s).map((p) => p.prompt));
    expect(new Set(all).size).toBe(100);
  });
  test('another size of one split leaves the prompts of the others where they are', async () => {
    const texts = async (split: Split, given: Partial<ReviewsParams> = {}): Promise<string[]> =>
      (await open(1, given)).prompts(split).map(({ prompt }) => prompt);
    const size = (split: Split): keyof ReviewsParams => `${split}Prompts`;
    for (const changed of SPLITS) {
      const larger = await texts(changed, { [size(changed)]: 200 });
      expect(larger.slice(0, 10)).toEqual((await texts(changed)).slice(0, 10));
      for (const split of SPLITS.filter((other) => other !== changed))
        expect(await texts(split, { [size(changed)]: 200 }), `${changed} -> ${split}`).toEqual(
          await texts(split),
        );
    }
  });
  test('splits of any sizes that fit share no prompt', async () => {
    const sizes = { trainPrompts: 3000, validationPrompts: 400, testPrompts: 400, heldoutPrompts: 40 };
    const world = await open(1, sizes);
    const all = SPLITS.flatMap((split) => world.prompts(split).map(({ prompt }) => prompt));
    expect(new Set(all).size).toBe(3840);
    expect((await open(1, { heldoutPrompts: 0 })).prompts('heldout')).toEqual([]);
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
  test('refuses more prompts than there are', () =>
    expect(() => open(0, { trainPrompts: 4000 })).toThrow(/4060, there are 3840 prompts; lower one of them/));
});
