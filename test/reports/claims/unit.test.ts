import { expect, test } from 'vitest';
import { MOST_KL, meanFrontier } from '../../../reports/claims/unit.js';

test('the mean of sqrt(k) over budgets, from a few places on it', () => {
  const known = [2, 0.5, 1].map((kl) => ({ kl, gain: Math.sqrt(kl) }));
  expect(meanFrontier(known)).toBeCloseTo((2 / 3) * Math.sqrt(MOST_KL), 2);
});
test('level beyond the last place; nothing known is no number', () => {
  expect(meanFrontier([{ kl: 1e-12, gain: 3 }])).toBeCloseTo(3, 9);
  expect(meanFrontier([])).toBeNaN();
});
