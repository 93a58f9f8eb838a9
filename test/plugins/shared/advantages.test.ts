import { describe, expect, test } from 'vitest';
import {
  explainedVariance,
  generalisedAdvantages,
  rankedScores,
  tokenKl,
  tokenRewards,
  whitened,
} from '../../../plugins/shared/advantages.js';

const close = (got: ArrayLike<number>, want: readonly number[], digits = 6): void => {
  expect(got.length).toBe(want.length);
  want.forEach((x, i) => expect(got[i]).toBeCloseTo(x, digits));
};

describe('advantage estimation', () => {
  // Three tokens and one of padding whose contents must not matter.
  const grid = { columns: 4, mask: [1, 1, 1, 0] };
  const kl = tokenKl([-1, -2, -3, 7], [-1.2, -1.9, -3.05, 3], grid);
  const rewards = tokenRewards(kl, [1], 0.05, grid);
  const V = [0.3, 0.4, 0.5, 99];

  test('k1 per token, not clipped at 0, 0 on padding', () => close(kl, [0.2, -0.1, 0.05, 0]));
  test('the score lands on the last real token', () => close(rewards, [-0.01, 0.005, 0.9975, 0]));
  test('lambda .95', () =>
    close(generalisedAdvantages(rewards, V, grid, 1, 0.95), [0.638744, 0.577625, 0.4975, 0]));
  test('lambda 1 is return minus value', () =>
    close(generalisedAdvantages(rewards, V, grid, 1, 1), [0.6925, 0.6025, 0.4975, 0]));
  test('lambda 0 is the one-step error', () =>
    close(generalisedAdvantages(rewards, V, grid, 1, 0), [
      -0.01 + 0.4 - 0.3,
      0.005 + 0.5 - 0.4,
      0.9975 - 0.5,
      0,
    ]));
  test('gamma discounts the next value', () =>
    close(generalisedAdvantages(rewards, V, grid, 0.9, 0), [
      -0.01 + 0.36 - 0.3,
      0.005 + 0.45 - 0.4,
      0.4975,
      0,
    ]));
  test('rows do not touch', () => {
    const two = { columns: 2, mask: [1, 0, 1, 1] };
    close(generalisedAdvantages([1, 0, 0, 2], [0, 9, 0, 0], two, 1, 1), [1, 0, 2, 2]);
    close(tokenRewards([0, 0, 0, 0], [5, 7], 1, two), [5, 0, 0, 7]);
  });
  test('whitened with the biased variance, padding left out', () => {
    close(
      whitened(generalisedAdvantages(rewards, V, grid, 1, 0.95), grid),
      [1.166293, 0.10954, -1.275834, 0],
      5,
    ); // 1e-8 in the root
  });
  test('whitening equal advantages gives 0, not NaN', () =>
    close(whitened([2, 2, 2, 0], grid), [0, 0, 0, 0]));
});

describe('explainedVariance', () => {
  const grid = { columns: 4, mask: [1, 1, 1, 0] };
  test('hand-worked, padding left out', () => {
    // Returns 1, 2, 3: variance 2/3. Residuals .5, .5, -.4: mean .2, variance .18.
    expect(explainedVariance([0.5, 1.5, 3.4, 99], [1, 2, 3, -99], grid)).toBeCloseTo(1 - 0.18 / (2 / 3), 12);
  });
  test('1 for values that equal returns, also up to a constant; 0 for a constant; below 0 for worse', () => {
    expect(explainedVariance([1, 2, 3, 0], [1, 2, 3, 7], grid)).toBe(1);
    expect(explainedVariance([11, 12, 13, 0], [1, 2, 3, 7], grid)).toBe(1);
    expect(explainedVariance([5, 5, 5, 0], [1, 2, 3, 7], grid)).toBe(0);
    expect(explainedVariance([-1, -2, -3, 0], [1, 2, 3, 7], grid)).toBeCloseTo(-3, 12);
  });
  test('finite at extremes', () => {
    expect(explainedVariance([0, 0, 0, 0], [1e4, -1e4, 0, 0], grid)).toBe(0);
    expect(explainedVariance([1e4, -1e4, 0, 0], [1e-4, 0, 0, 0], grid)).toBeLessThan(-1e10);
  });
  test('undefined where returns do not vary, rounding of float32 included', () => {
    expect(explainedVariance([1, 2, 3, 0], [2, 2, 2, 5], grid)).toBeNull();
    const rounded = [0.3, Math.fround(0.3), 0.3, 0];
    expect(explainedVariance([1, 2, 3, 0], rounded, grid)).toBeNull();
    expect(explainedVariance([0, 0, 0, 0], [0, 0, 0, 0], grid)).toBeNull();
  });
});

describe('rankedScores', () => {
  const rewards = [0.3, -2, 5, 0.31, 5, 1e-6, -2, 40];
  const all = rewards.map(() => true);
  test('hand-worked: four in order', () => {
    const s = Math.sqrt(15 / 12);
    close(rankedScores([10, -1, 0, 2], [true, true, true, true], 'none'), [
      1.5 / s,
      -1.5 / s,
      -0.5 / s,
      0.5 / s,
    ]);
  });
  test('mean 0, variance 1 without ties; ties share a place', () => {
    const u = rankedScores([5, 1, 9, 3, 7], [true, true, true, true, true], 'none');
    expect(u.reduce((a, b) => a + b)).toBeCloseTo(0, 12);
    expect(u.reduce((a, b) => a + b * b) / 5).toBeCloseTo(1, 12);
    const tied = rankedScores(rewards, all, 'none');
    expect(tied[1]).toBe(tied[6]);
    expect(tied[2]).toBe(tied[4]);
  });
  test.each([
    ['x 100', (r: number) => 100 * r],
    ['+ 7', (r: number) => r + 7],
    ['exp', Math.exp],
    ['atan', Math.atan],
    ['cube', (r: number) => r ** 3],
  ])('blind to an increasing change: %s', (_, f) => {
    const finished = [true, true, false, true, true, true, false, true];
    for (const missing of ['none', 'replace'] as const) {
      expect(rankedScores(rewards.map(f), finished, missing)).toEqual(
        rankedScores(rewards, finished, missing),
      );
    }
  });
  test('not blind to a decreasing one', () =>
    expect(
      rankedScores(
        rewards.map((r) => -r),
        all,
        'none',
      ),
    ).not.toEqual(rankedScores(rewards, all, 'none')));
  test('completions without an end share the last place, however well rewarded', () => {
    const u = rankedScores([9, 1, 2, 8], [false, true, true, false], 'replace');
    expect(u[0]).toBe(u[3]);
    expect(u[0]).toBeLessThan(u[1]!);
  });
  test('a single completion, or only ties, says nothing', () => {
    expect(rankedScores([3], [true], 'none')).toEqual([0]);
    expect(rankedScores([3, 3, 3], [true, true, true], 'none')).toEqual([0, 0, 0]);
  });
});
