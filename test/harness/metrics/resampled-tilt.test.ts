import { describe, expect, test } from 'vitest';
import { frontierReward, kl, expectation } from '../../../harness/metrics/frontier.js';
import { resampledTilt } from '../../../harness/metrics/resampled-tilt.js';

test('one draw is taken as it is; equal rewards leave the start; by hand for two', () => {
  expect(resampledTilt([3], 0.1)).toEqual({ reward: 3, kl: 0 });
  expect(resampledTilt([2, 2, 2, 2], 0.1)).toEqual({ reward: 2, kl: 0 });
  const p = 1 / (1 + Math.exp(-1 / 0.5));
  const { reward, kl: nats } = resampledTilt([0, 1], 0.5);
  expect(reward).toBeCloseTo(p, 12);
  expect(nats).toBeCloseTo(p * Math.log(2 * p) + (1 - p) * Math.log(2 * (1 - p)), 12);
});
test('as beta goes to 0 the best is taken, ties in equal parts, at log n less log of the ties', () => {
  expect(resampledTilt([0, 5, 1, 5], 0)).toEqual({ reward: 5, kl: Math.log(2) });
  expect(resampledTilt([0, 5, 1, 4.9], 1e-6).kl).toBeCloseTo(Math.log(4), 9);
});

describe('a start of four completions, every set of three draws listed', () => {
  const start = [0.4, 0.3, 0.2, 0.1];
  const gold = [0, 1, 1.5, 4];
  const [n, sets] = [3, [] as { chance: number; drawn: number[] }[]];
  for (let i = 0; i < start.length ** n; i++) {
    const drawn = [i % 4, Math.floor(i / 4) % 4, Math.floor(i / 16)];
    sets.push({ chance: drawn.reduce((c, k) => c * start[k]!, 1), drawn });
  }
  /** The sampler's own distribution over completions, by its definition. */
  const policy = (beta: number, by: readonly number[]): number[] => {
    const out = start.map(() => 0);
    for (const { chance, drawn } of sets) {
      const weights = drawn.map((k) => Math.exp(by[k]! / beta));
      const total = weights.reduce((a, b) => a + b, 0);
      drawn.forEach((k, i) => {
        out[k] = out[k]! + (chance * weights[i]!) / total;
      });
    }
    return out;
  };
  const expected = (beta: number): { reward: number; kl: number } =>
    sets.reduce(
      (sum, { chance, drawn }) => {
        const one = resampledTilt(
          drawn.map((k) => gold[k]!),
          beta,
        );
        return { reward: sum.reward + chance * one.reward, kl: sum.kl + chance * one.kl };
      },
      { reward: 0, kl: 0 },
    );
  test.each([0.1, 0.5, 1, 4])(
    'beta %f: the estimate is unbiased for the sampler, and bounds its KL',
    (beta) => {
      const own = policy(beta, gold);
      const { reward, kl: bound } = expected(beta);
      expect(reward).toBeCloseTo(expectation(own, gold), 12);
      expect(bound).toBeGreaterThanOrEqual(kl(own, start) - 1e-12);
      expect(bound).toBeLessThanOrEqual(Math.log(n));
      // It is a policy: no policy has more at its KL, so it never promises more than the exact truth.
      expect(reward).toBeLessThanOrEqual(frontierReward(start, gold, bound) + 1e-9);
    },
  );
  test('of samplers that weigh the same draws by anything, none has more gold at the same bound', () => {
    // Another reward, at many strengths, against the gold one of the strength that has the same bound.
    const other = [1, 0, 2, 2.5];
    for (const beta of [0.2, 0.5, 1, 2, 5]) {
      let [reward, bound] = [0, 0];
      for (const { chance, drawn } of sets) {
        const weights = drawn.map((k) => Math.exp(other[k]! / beta));
        const total = weights.reduce((a, b) => a + b, 0);
        weights.forEach((w, i) => {
          reward += (chance * w * gold[drawn[i]!]!) / total;
          bound += (chance * w * Math.log((w * n) / total)) / total;
        });
      }
      let [lo, hi] = [-12, 12];
      for (let i = 0; i < 100; i++) {
        const mid = (lo + hi) / 2;
        if (expected(Math.exp(mid)).kl > bound) lo = mid;
        else hi = mid;
      }
      expect(reward).toBeLessThanOrEqual(expected(Math.exp(lo)).reward + 1e-9);
    }
  });
});
