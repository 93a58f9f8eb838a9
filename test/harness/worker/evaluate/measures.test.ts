import { describe, expect, test } from 'vitest';
import { Rng } from '../../../../harness/rng.js';
import { AgainstStart, winRate } from '../../../../harness/worker/evaluate/against-start.js';
import { byPrompt, estimate, promptMeans } from '../../../../harness/worker/evaluate/estimate.js';
import { tailOf } from '../../../../harness/worker/evaluate/tail.js';
import { distinct } from '../../../../harness/worker/evaluate/variety.js';

describe('the win rate', () => {
  test('is over all pairs of samples of a prompt, ties half, with an error over prompts', () => {
    // Prompt 0: 2 > 1, 2 > 0, 0 < 1, 0 = 0: (1 + 1 + 0 + .5) / 4. Prompt 1: all lost.
    const rate = winRate(
      [
        [2, -1],
        [0, -2],
      ],
      [
        [1, 5],
        [0, 6],
      ],
    );
    expect(rate).toEqual({ mean: (0.625 + 0) / 2, se: estimate([0.625, 0]).se, n: 2 });
  });
  test('of a policy against itself is one half, where draws are independent', () => {
    const draws = (stream: string): number[][] => {
      const rng = Rng.fromSeed(3).split(stream);
      return [0, 1].map((sample) => {
        const own = rng.split(sample);
        return Array.from({ length: 2000 }, () => Math.round(own.normal()));
      });
    };
    const { mean, se } = winRate(draws('evaluate'), draws('start'));
    expect(Math.abs(mean - 0.5)).toBeLessThan(4 * se!);
  });
  test('draws the start once a sample and split; has none without gold or start', async () => {
    const asked: string[] = [];
    const start = new AgainstStart(async (_, split, sample) => {
      asked.push(`${split} ${sample}`);
      return new Float64Array([sample]);
    });
    const prompts = [{ id: '0', prompt: 'x' }];
    expect(await start.golds(prompts, 2, 'test')).toEqual([new Float64Array([0]), new Float64Array([1])]);
    await start.golds(prompts, 2, 'test');
    await start.golds(prompts, 1, 'validation');
    expect(asked).toEqual(['test 0', 'test 1', 'validation 0']);
    expect(await new AgainstStart(async () => null).golds(prompts, 2, 'test')).toBeNull();
  });
});

test('samples of one prompt are one observation: their mean, with an error over prompts', () => {
  const rows = [
    { promptId: 'a', x: 1 },
    { promptId: 'b', x: 10 },
    { promptId: 'a', x: 3 },
    { promptId: 'b', x: 10 },
  ];
  expect(promptMeans(rows, ({ x }) => x)).toEqual([2, 10]);
  expect(byPrompt(rows, ({ x }) => x)).toEqual({ mean: 6, se: 4, n: 2 });
});

test('the tail of KL: 95 of 100 prompts have no more, and the spread over prompts', () => {
  const kl = Array.from({ length: 100 }, (_, i) => 100 - i); // 1 .. 100
  expect(tailOf(kl).p95).toBe(95);
  expect(tailOf(kl).sd).toBeCloseTo(Math.sqrt((100 * 101) / 12), 10);
  expect(tailOf([2])).toEqual({ p95: 2, sd: 0 });
  expect(tailOf([0, 0, 0, 4])).toEqual({ p95: 4, sd: 2 }); // all on one prompt
});

describe('distinct n-grams', () => {
  const completions = [
    [1, 2, 1],
    [1, 2],
  ];
  test.each([
    [1, 2 / 5], // 1, 2 of 1 2 1 1 2
    [2, 2 / 3], // 1 2, 2 1 of 1 2, 2 1, 1 2
    [3, 1],
    [4, null],
  ])('n = %d', (n, want) => expect(distinct(completions, n)).toBe(want));
  test('tokens are not their digits', () =>
    expect(
      distinct(
        [
          [1, 12],
          [11, 2],
        ],
        2,
      ),
    ).toBe(1));
});
