import { expect, test } from 'vitest';
import { Rng } from '../../../harness/rng.js';
import { mean } from '../../../harness/stats/moments.js';
import { klAt } from '../../../reports/claims/penalty.js';

const curve = (beta: number): number => 1 - 2 * beta - 0.3 * beta ** 2;
const points = [-2, -1, 0.5].map((beta) => ({ beta, kl: curve(beta) }));

test('a parabola in the logarithms is read exactly between its points and a little beyond', () => {
  for (const beta of [-2, -1.5, 0, 0.5, 0.8]) expect(klAt(points, beta)).toBeCloseTo(curve(beta), 12);
});
test('nothing from fewer than three', () => expect(klAt(points.slice(1), 0)).toBeNull());

test('over worlds, reading a tilt between three betas is off by a fifth of the margin at most', () => {
  const errors = Array.from({ length: 20 }, (_, seed) => {
    const rng = Rng.fromSeed('bend').split(seed);
    const rewards = Array.from({ length: 1000 }, () => rng.normal());
    const top = Math.max(...rewards);
    const logKl = (beta: number): number => {
      const weights = rewards.map((r) => Math.exp((r - top) / beta));
      const total = weights.reduce((a, b) => a + b);
      const terms = weights.map((w) => (w > 0 ? (w / total) * Math.log((w / total) * 1000) : 0));
      return Math.log(terms.reduce((a, b) => a + b));
    };
    const known = [0.12, 0.25, 0.48].map((beta) => ({ beta: Math.log(beta), kl: logKl(beta) }));
    // The betas of DPO over the standard deviations that rewards have.
    return [1.9, 2.2, 2.6].flatMap((deviation) =>
      [0.3, 0.5, 1].map((beta) => klAt(known, Math.log(beta / deviation))! - logKl(beta / deviation)),
    );
  }).flat();
  expect(Math.abs(mean(errors))).toBeLessThan(Math.log(1.1) / 5);
});
