import { expect, test } from 'vitest';
import { resolution } from '../../../harness/run/resolution.js';

test('what seeds can tell apart: t of .975 and .8, over the root of their number', () => {
  expect(resolution(5)).toBe(
    '5 seeds find differences of 1.7 standard deviations between seeds in four of five repetitions',
  );
  expect(resolution(3)).toMatch(
    /^3 seeds find differences of 3\.1 standard .*; 5 seeds find 1\.7, 10 find 1.0$/,
  );
  expect(resolution(10)).toMatch(/of 0\.99 standard/);
  expect(resolution(1)).toMatch(/^one seed: nothing is told apart/);
});
