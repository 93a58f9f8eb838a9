import { describe, expect, test } from 'vitest';
import { Rng } from '../../../harness/index.js';
import * as exact from '../../../harness/metrics/frontier.js';
import { frontierCurve } from '../../../harness/metrics/frontier-curve.js';

const rng = Rng.fromSeed('exact');
const numbers = (n: number, scale = 1): number[] => Array.from({ length: n }, () => rng.normal() * scale);
const reference = exact.softmax(numbers(6));
const reward = numbers(6, 2);

describe('the frontier of several prompts', () => {
  const other = { reference: exact.softmax(numbers(6)), reward: numbers(6, 0.5), weight: 3 };
  const one = { reference, reward, weight: 1 };
  test('of one prompt is the frontier by bisection, from the start to the highest reward alone', () => {
    const curve = frontierCurve([one]);
    for (const { kl, reward: got } of curve.slice(1, -1).filter((_, i) => i % 20 === 0))
      expect(got).toBeCloseTo(exact.frontierReward(reference, reward, kl), 9);
    expect(curve[0]).toEqual({ kl: 0, reward: exact.expectation(reference, reward) });
    const top = reward.indexOf(Math.max(...reward));
    expect(curve.at(-1)!.kl).toBeCloseTo(-Math.log(reference[top]!), 12);
    expect(curve.at(-1)!.reward).toBe(reward[top]);
  });
  test('loses less than .1 % of the gain on the line between two points', () => {
    const curve = frontierCurve([one]);
    const start = curve[0]!.reward;
    for (const [i, a] of curve.slice(0, -1).entries()) {
      const b = curve[i + 1]!;
      const gain = exact.frontierReward(reference, reward, (a.kl + b.kl) / 2) - start;
      // The first piece reaches from no KL to .0005 nats.
      expect((a.reward + b.reward) / 2 - start).toBeGreaterThan(gain * (i === 0 ? 0.7 : 0.999) - 1e-9);
    }
  });
  test('two arms by hand: at beta 1 rewards 0 and 1 are taken with sigma(1) = .7311', () => {
    const curve = frontierCurve([{ reference: [0.5, 0.5], reward: [0, 1], weight: 1 }]);
    // The spread is .5, so that beta 1 is 2 spreads: four octaves below 32.
    const { kl, reward: got } = curve[1 + 4 * 16]!;
    expect(got).toBeCloseTo(0.731059, 6);
    expect(kl).toBeCloseTo(Math.LN2 + 0.731059 * Math.log(0.731059) + 0.268941 * Math.log(0.268941), 6);
  });
  test('spends nats where they bring most: no split of a budget between prompts does better', () => {
    const curve = frontierCurve([one, other]);
    const at = curve[90]!;
    expect(at.kl).toBeGreaterThan(0.1);
    for (const share of [0.1, 0.3, 0.5, 0.7, 0.9]) {
      const nats = [share * at.kl * 4, ((1 - share) * at.kl * 4) / 3];
      const split =
        (exact.frontierReward(reference, reward, nats[0]!) +
          3 * exact.frontierReward(other.reference, other.reward, nats[1]!)) /
        4;
      expect(split).toBeLessThanOrEqual(at.reward + 1e-12);
    }
  });
  test('rises and bends down', () => {
    const curve = frontierCurve([one, other]);
    const slopes = curve.slice(1).map((b, i) => (b.reward - curve[i]!.reward) / (b.kl - curve[i]!.kl));
    for (const [i, slope] of slopes.entries()) {
      expect(slope).toBeGreaterThan(0);
      if (i > 0) expect(slope).toBeLessThanOrEqual(slopes[i - 1]! * (1 + 1e-6));
    }
  });
  test('of a reward that is the same everywhere is the start', () => {
    expect(frontierCurve([{ reference: [0.25, 0.75], reward: [2, 2], weight: 5 }])).toEqual([
      { kl: 0, reward: 2 },
    ]);
  });
});
