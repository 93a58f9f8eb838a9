import { describe, expect, test } from 'vitest';
import { Rng } from '../../../harness/rng.js';
import { crossWins } from '../../../reports/sections/by-prompt.js';

describe('wins over pairs of samples', () => {
  test('by hand: pairs with one index share their stream and are left out', () => {
    expect(crossWins([1, 5], [2, 3])).toBe(0.5); // 1 against 3 loses, 5 against 2 wins
    expect(crossWins([1, 5], [5, 1])).toBe(0.5); // both tie
    expect(crossWins([3], [2])).toBe(1); // nothing else is left
  });
  test('a policy against itself wins half, whatever it shares: independent draws of equal policies', () => {
    const rng = Rng.fromSeed('wins');
    let sum = 0;
    const rounds = 20_000;
    for (let i = 0; i < rounds; i++) {
      const shared = [rng.normal(), rng.normal()];
      // The other side moves a little from the same stream, always upwards: the shared pairs would say 0.
      sum += crossWins(
        shared,
        shared.map((x) => x + 1e-9),
      );
    }
    expect(sum / rounds).toBeCloseTo(0.5, 1);
    expect(Math.abs(sum / rounds - 0.5)).toBeLessThan(4 * Math.sqrt(0.25 / rounds));
  });
});
