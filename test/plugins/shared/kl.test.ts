import { expect, test } from 'vitest';
import { listedKl } from '../../../plugins/shared/kl.js';

test('the divergence of two lists, by hand', () => {
  expect(listedKl([0.5, 0.5, 0], [0.25, 0.5, 0.25])).toBeCloseTo(0.5 * Math.log(2), 12);
  expect(listedKl([0.2, 0.8], [0.2, 0.8])).toBe(0);
  expect(listedKl([1, 0], [0.5, 0.5])).toBeCloseTo(Math.log(2), 12);
});
