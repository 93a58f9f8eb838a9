import { expect, test } from 'vitest';
import { resolution } from '../../../harness/run/resolution.js';

test('what seeds can tell apart: t of .975 and .8, over the root of their number', () => {
  expect(resolution(5)).toBe(
    '5 seeds find a difference of 1.7 times the spread between seeds four times in five',
  );
  expect(resolution(3)).toMatch(
    /^3 seeds find .* of 3\.1 times .*; 5 seeds find one of 1\.7, 10 one of 1.0$/,
  );
  expect(resolution(10)).toMatch(/of 0\.99 times/);
  expect(resolution(1)).toMatch(/^one seed: nothing is told apart/);
});
