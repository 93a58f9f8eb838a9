import { describe, expect, test } from 'vitest';
import { estimatedKl, exactBestOfN } from '../../../plugins/best-of-n/kl.js';

const bound = (n: number): number => Math.log(n) - (n - 1) / n;
const uniform = (k: number): number[] => new Array<number>(k).fill(1 / k);
const arms = (k: number): number[] => Array.from({ length: k }, (_, i) => i);

/** π_n by listing every n-tuple of draws; ties go to the first drawn, as in the plugin. */
function enumerated(reference: readonly number[], rewards: readonly number[], n: number): number[] {
  const policy = reference.map(() => 0);
  const walk = (drawn: number, probability: number, best: number): void => {
    if (drawn === n) {
      policy[best]! += probability;
      return;
    }
    reference.forEach((p, y) =>
      walk(drawn + 1, probability * p, best < 0 || rewards[y]! > rewards[best]! ? y : best),
    );
  };
  walk(0, 1, -1);
  return policy;
}

describe('exactBestOfN', () => {
  test('agrees with listing every draw, ties and unequal probabilities included', () => {
    const reference = [0.1, 0.4, 0.2, 0.25, 0.05];
    for (const rewards of [
      [3, 1, 2, 0, 4],
      [1, 1, 2, 0, 2],
      [0, 0, 0, 0, 0],
    ]) {
      for (const n of [1, 2, 4]) {
        const truth = enumerated(reference, rewards, n);
        const { policy, kl } = exactBestOfN(reference, rewards, n);
        policy.forEach((q, y) => expect(q).toBeCloseTo(truth[y]!, 12));
        expect(kl).toBeCloseTo(
          truth.reduce((sum, q, y) => sum + q * Math.log(q / reference[y]!), 0),
          12,
        );
      }
    }
  });
  test.each([
    [4, 0.625],
    [16, 1.68],
    [64, 2.078],
  ])('8 uniform arms, n = %d: %d', (n, kl) => {
    expect(exactBestOfN(uniform(8), arms(8), n).kl).toBeCloseTo(kl, 3);
  });
  test('is 0 where nothing is preferred, or n is 1', () => {
    expect(exactBestOfN(uniform(5), [2, 2, 2, 2, 2], 64).kl).toBeCloseTo(0, 12);
    expect(exactBestOfN([0.9, 0.1], [0, 1], 1).kl).toBeCloseTo(0, 12);
  });
  test('never exceeds the bound', () => {
    for (const n of [2, 8, 100])
      expect(exactBestOfN([0.7, 0.2, 0.1], [0, 1, 2], n).kl).toBeLessThan(bound(n));
  });
  test('probabilities that sum to a little over 1 leave none negative', () => {
    const reference = [0.6, 0.4 + 2e-7, 1e-9]; // as exponentials of float32 sums do
    const { policy, kl } = exactBestOfN(reference, [0, 1, 2], 4);
    expect(policy.every((q) => q >= 0)).toBe(true);
    expect(policy.reduce((sum, q) => sum + q)).toBeCloseTo(1, 6);
    expect(kl).toBeCloseTo(exactBestOfN([0.6, 0.4], [0, 1], 4).kl, 5);
  });
  test('completions the reference never gives stay impossible', () => {
    expect(exactBestOfN([0.5, 0.5, 0], [0, 1, 2], 4).policy[2]).toBe(0);
  });
});

describe('estimatedKl', () => {
  const expected = (reference: readonly number[], rewards: readonly number[], n: number): number =>
    exactBestOfN(reference, rewards, n).policy.reduce(
      (sum, q, y) => sum + q * estimatedKl(Math.log(reference[y]!), n),
      0,
    );

  test.each([
    [4, 0.008],
    [16, 0.023],
    [64, 0.001],
  ])('8 uniform arms, n = %d: within %d nats above the exact value', (n, off) => {
    const error = expected(uniform(8), arms(8), n) - exactBestOfN(uniform(8), arms(8), n).kl;
    expect(error).toBeGreaterThanOrEqual(0);
    expect(error).toBeLessThan(off + 0.001);
  });
  test('is close on skewed arms where the bound is not', () => {
    const reference = [0.4, 0.3, 0.15, 0.1, 0.05];
    for (const n of [4, 16, 64]) {
      const exact = exactBestOfN(reference, arms(5), n).kl;
      expect(Math.abs(expected(reference, arms(5), n) - exact)).toBeLessThan(0.1);
    }
    expect(bound(64) - exactBestOfN(reference, arms(5), 64).kl).toBeGreaterThan(0.2);
  });
  test('many unlikely completions: the bound', () => {
    for (const logp of [-30, -80, -800]) expect(estimatedKl(logp, 16)).toBeCloseTo(bound(16), 10);
    expect(estimatedKl(-12, 4)).toBeCloseTo(expected(uniform(2 ** 12), arms(2 ** 12), 4), 2);
  });
  test('a certain completion costs nothing, and neither does n = 1', () => {
    expect(estimatedKl(0, 16)).toBe(0);
    expect(estimatedKl(1e-7, 16)).toBe(0); // float32 rounding above 0
    expect(estimatedKl(-1e-17, 16)).toBeCloseTo(0, 12);
    for (const logp of [0, -0.1, -50, -1e4]) expect(estimatedKl(logp, 1)).toBeCloseTo(0, 12);
  });
  test('is finite and not negative everywhere', () => {
    for (let logp = -900; logp <= 0; logp += 0.37) {
      const kl = estimatedKl(logp, 64);
      expect(Number.isFinite(kl) && kl >= 0).toBe(true);
    }
  });
});
