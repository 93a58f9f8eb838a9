import { describe, expect, test } from 'vitest';
import { budgetedGain, worth } from '../../../harness/tune/worth.js';

describe('the gain over KL budgets', () => {
  test('of one policy: linear up to its KL, flat beyond', () => {
    // Gain 2 at 1 nat, budgets to 4: a triangle of area 1 and a rectangle of 6.
    expect(budgetedGain([{ kl: 1, gain: 2 }], 4)).toBeCloseTo(7 / 4, 12);
    // Beyond the largest budget only mixtures with the start count: 2 at 4 nats is 1 at 2.
    expect(budgetedGain([{ kl: 4, gain: 2 }], 2)).toBeCloseTo(0.5, 12);
  });
  test('of two: the concave hull, by hand', () => {
    const points = [
      { kl: 1, gain: 2 },
      { kl: 3, gain: 3 },
    ];
    // 1 + (2 + 3) / 2 * 2 + 3
    expect(budgetedGain(points, 4)).toBeCloseTo(9 / 4, 12);
    expect(budgetedGain([...points].reverse(), 4)).toBeCloseTo(9 / 4, 12);
  });
  test('a policy under the hull, worse at more KL, or worse than the start adds nothing', () => {
    const one = [{ kl: 1, gain: 2 }];
    for (const extra of [
      { kl: 0.5, gain: 0.9 },
      { kl: 3, gain: 1.5 },
      { kl: 0.2, gain: -1 },
      { kl: 1, gain: 1 },
    ]) {
      expect(budgetedGain([...one, extra], 4)).toBe(budgetedGain(one, 4));
    }
  });
  test('a better policy at less KL is not hidden by a path that goes on', () => {
    const better = budgetedGain(
      [
        { kl: 0.7, gain: 1.57 },
        { kl: 0.76, gain: 0.9 },
      ],
      0.76,
    );
    expect(better).toBeCloseTo((0.7 * 1.57 * 0.5 + 0.06 * 1.57) / 0.76, 12);
  });
  test('no policy gains 0; one without KL is had at once; an estimate below 0 counts as 0', () => {
    expect(budgetedGain([], 4)).toBe(0);
    expect(budgetedGain([{ kl: 0, gain: 1 }], 4)).toBe(1);
    expect(budgetedGain([{ kl: -1e-3, gain: 1 }], 4)).toBe(1);
  });
  test('never falls with another policy, and is the mean of the best mixture at each budget', () => {
    const points = Array.from({ length: 12 }, (_, i) => ({
      kl: ((i * 7) % 12) / 3 + 0.1,
      gain: Math.sin(i * 1.7) + 0.3,
    }));
    const K = 3;
    let before = 0;
    for (let n = 1; n <= points.length; n++) {
      const own = budgetedGain(points.slice(0, n), K);
      expect(own).toBeGreaterThanOrEqual(before - 1e-12);
      before = own;
    }
    // By brute force over pairs of policies and their weights.
    const all = [{ kl: 0, gain: 0 }, ...points];
    const best = (k: number): number => {
      let most = 0;
      for (const a of all) {
        for (const b of all) {
          if (a.kl > k) continue;
          const weight = b.kl <= k ? 1 : (k - a.kl) / (b.kl - a.kl);
          most = Math.max(most, a.gain, a.gain + weight * (b.gain - a.gain));
        }
      }
      return most;
    };
    const steps = 6000;
    let sum = 0;
    for (let i = 0; i < steps; i++) sum += best(((i + 0.5) * K) / steps) / steps;
    expect(budgetedGain(points, K)).toBeCloseTo(sum, 4); // a midpoint rule of 6000 steps
  });
});

test('what a policy is worth puts losses in order too', () => {
  expect(worth({ kl: 1, gain: -2 }, 4)).toBe(-2);
  expect(worth({ kl: 1, gain: 2 }, 4)).toBeCloseTo(7 / 4, 12);
  // Equal gain for less KL is worth more.
  expect(worth({ kl: 0.5, gain: 2 }, 4)).toBeGreaterThan(worth({ kl: 1, gain: 2 }, 4));
});
