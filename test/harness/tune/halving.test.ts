import { describe, expect, test } from 'vitest';
import { shares, survivors } from '../../../harness/tune/halving.js';
import { Trials } from '../../../harness/tune/trials.js';
import { anywhere } from './support.js';

test('shares double up to the whole schedule, and halving leaves two for it', () => {
  expect(shares(7)).toEqual([1 / 4, 1 / 2, 1]); // 7, 4, 2
  expect(shares(16)).toEqual([1 / 8, 1 / 4, 1 / 2, 1]); // 16, 8, 4, 2
  expect(shares(3)).toEqual([1 / 2, 1]);
  expect(shares(2)).toEqual([1]);
  expect(shares(1)).toEqual([1]);
});

describe('survivors', () => {
  const trials = new Trials(anywhere, 8);
  const gains: Record<number, readonly (number | null)[]> = { 0: [1, 4, 2, 3, 0], 1: [null, 1, null, 2, 3] };
  for (const [strength, row] of Object.entries(gains)) {
    row.forEach((gain, rate) =>
      trials.add(
        { strength: Number(strength), rate },
        0.5,
        gain === null ? { dropped: 'diverged' } : { dropped: null, kl: 0, gain, reward: gain },
      ),
    );
  }
  const rows = [0, 1].map((strength) => ({ strength, rates: [0, 1, 2, 3, 4] }));

  test('are the better half of each strength, in their order', () => {
    expect(survivors(rows, trials, 0.5)).toEqual([
      { strength: 0, rates: [1, 2, 3] },
      { strength: 1, rates: [1, 3, 4] },
    ]);
  });
  test('are never those that dropped out, even where fewer are left', () => {
    const few = [{ strength: 1, rates: [0, 2] }];
    expect(survivors(few, trials, 0.5)).toEqual([{ strength: 1, rates: [] }]);
  });
});
