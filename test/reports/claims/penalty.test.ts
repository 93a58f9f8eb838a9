import { expect, test } from 'vitest';
import { klAt } from '../../../reports/claims/penalty.js';

const curve = (beta: number): number => 1 - 2 * beta - 0.3 * beta ** 2;
const points = [-2, -1, 0.5].map((beta) => ({ beta, kl: curve(beta) }));

test('a parabola in the logarithms is read exactly between its points and a little beyond', () => {
  for (const beta of [-2, -1.5, 0, 0.5, 0.8]) expect(klAt(points, beta)).toBeCloseTo(curve(beta), 12);
});
test('nothing from fewer than three', () => expect(klAt(points.slice(1), 0)).toBeNull());
