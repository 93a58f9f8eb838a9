import { expect, test } from 'vitest';
import { Adam } from '../../../reports/studies/adam.js';

test('two steps of Adam by hand', () => {
  const weights = [1, 2, 0];
  const adam = new Adam(weights);
  adam.update([4, -0.5, 0]);
  // Corrected for their start at 0, the moments of the first step are g and g^2: a step of .01 against the
  // sign.
  expect(weights).toEqual([expect.closeTo(0.99, 8), expect.closeTo(2.01, 8), 0]);
  adam.update([-4, -0.5, 0]);
  // m = (.9 .1 4 - .1 4) / (1 - .9^2) = -.04 / .19; sqrt(v) = 4.
  expect(weights).toEqual([expect.closeTo(0.99 + (0.01 * 0.04) / 0.19 / 4, 8), expect.closeTo(2.02, 8), 0]);
});
