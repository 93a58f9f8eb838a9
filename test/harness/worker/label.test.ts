import { describe, expect, test } from 'vitest';
import { Rng } from '../../../harness/rng.js';
import { makeLabeller } from '../../../harness/worker/label.js';

describe('labels', () => {
  const label = (temperature: number, noise: number, labelsPerPair: number) =>
    makeLabeller((_, c) => Number(c), { temperature, noise, labelsPerPair });
  const share = (labeller: ReturnType<typeof label>, a: string, b: string): number => {
    const rng = Rng.fromSeed('labels');
    let n = 0;
    for (let i = 0; i < 20_000; i++) if (labeller({ id: '', prompt: '' }, a, b, rng)!.chosen === a) n++;
    return n / 20_000;
  };
  // Standard error over 20,000 draws: at most .0036.
  test('Bradley-Terry at a temperature', () =>
    expect(Math.abs(share(label(0.5, 0, 1), '1', '0') - 1 / (1 + Math.exp(-2)))).toBeLessThan(0.012));
  test('temperature 0 is deterministic, noise flips', () => {
    expect(share(label(0, 0, 1), '1', '0')).toBe(1);
    expect(Math.abs(share(label(0, 0.2, 1), '1', '0') - 0.8)).toBeLessThan(0.012);
  });
  test('majority of three: p^3 + 3 p^2 (1 - p) (K15)', () =>
    expect(Math.abs(share(label(0, 0.2, 3), '1', '0') - (0.8 ** 3 + 3 * 0.8 ** 2 * 0.2))).toBeLessThan(
      0.012,
    ));
  test('equal texts, and equal rewards at temperature 0, carry no preference', () => {
    expect(label(1, 0, 1)({ id: '', prompt: '' }, '1', '1', Rng.fromSeed(0))).toBeNull();
    expect(label(0, 0, 1)({ id: '', prompt: '' }, '1', '1.0', Rng.fromSeed(0))).toBeNull();
  });
  test.each([
    [-1, 0, 1, /temperature must be a finite number >= 0, got -1/],
    [1, 0.5, 1, /noise must be in \[0, 0.5\), got 0.5/],
    [1, 0, 0, /labelsPerPair must be a positive integer, got 0/],
  ])('refuses temperature %d, noise %d, %d labels', (t, noise, n, message) =>
    expect(() => label(t, noise, n)).toThrow(message),
  );
});
