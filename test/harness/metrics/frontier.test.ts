import { describe, expect, test } from 'vitest';
import * as exact from '../../../harness/metrics/frontier.js';
import { Rng } from '../../../harness/index.js';

const rng = Rng.fromSeed('exact');
const numbers = (n: number, scale = 1): number[] => Array.from({ length: n }, () => rng.normal() * scale);
const reference = exact.softmax(numbers(6));
const reward = numbers(6, 2);

describe('the regularised optimum', () => {
  const J = (p: readonly number[], beta: number): number =>
    exact.expectation(p, reward) - beta * exact.kl(p, reference);
  test('no random policy does better, and its value is beta log Z', () => {
    const { policy, value } = exact.regularisedOptimum(reference, reward, 0.7);
    expect(J(policy, 0.7)).toBeCloseTo(value, 12);
    for (let i = 0; i < 200; i++) expect(J(exact.softmax(numbers(6, 3)), 0.7)).toBeLessThan(value);
  });
  test('regret is one KL (K2)', () => {
    const { value } = exact.regularisedOptimum(reference, reward, 0.7);
    for (let i = 0; i < 5; i++) {
      const p = exact.softmax(numbers(6));
      expect(exact.regret(p, reference, reward, 0.7)).toBeCloseTo(value - J(p, 0.7), 10);
    }
  });
  test('the slope of reward against KL along the family is beta (K3)', () => {
    const at = (beta: number) => exact.regularisedOptimum(reference, reward, beta).policy;
    const [a, b] = [at(0.7001), at(0.6999)];
    expect(
      (exact.expectation(b, reward) - exact.expectation(a, reward)) /
        (exact.kl(b, reference) - exact.kl(a, reference)),
    ).toBeCloseTo(0.7, 4);
  });
  test('near the reference reward grows like sqrt(2 Var KL) (K4)', () => {
    const { policy } = exact.regularisedOptimum(reference, reward, 200);
    const mean = exact.expectation(reference, reward);
    const variance = exact.expectation(
      reference,
      reward.map((r) => (r - mean) ** 2),
    );
    expect(
      (exact.expectation(policy, reward) - mean) / Math.sqrt(2 * variance * exact.kl(policy, reference)),
    ).toBeCloseTo(1, 2);
  });
  test('at equal KL regret is reward lost against the frontier', () => {
    const p = exact.softmax(numbers(6));
    const nats = exact.kl(p, reference);
    // The beta whose optimum has this KL.
    let [lo, hi] = [-20, 20];
    for (let i = 0; i < 200; i++) {
      const mid = (lo + hi) / 2;
      if (exact.kl(exact.regularisedOptimum(reference, reward, Math.exp(mid)).policy, reference) > nats)
        lo = mid;
      else hi = mid;
    }
    expect(exact.frontierReward(reference, reward, nats) - exact.expectation(p, reward)).toBeCloseTo(
      exact.regret(p, reference, reward, Math.exp(hi)),
      6,
    );
  });
  test('it is its own frontier, and nobody is above it (K5)', () => {
    expect(
      exact.frontierEfficiency(exact.regularisedOptimum(reference, reward, 1.3).policy, reference, reward),
    ).toBeCloseTo(1, 8);
    for (let i = 0; i < 20; i++)
      expect(exact.frontierEfficiency(exact.softmax(numbers(6)), reference, reward)).toBeLessThanOrEqual(1);
  });
});
