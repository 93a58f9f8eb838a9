import { expect, test } from 'vitest';
import { shownMetrics } from '../../../../harness/run/progress/metrics.js';

test('the first metrics in the order reported, whatever they are called', () => {
  const metrics = { loss: Math.LN2, 'mine/first': 1, second: -0.12345, third: 12345.6, fourth: 4 };
  expect(shownMetrics(metrics)).toBe('loss 0.693 · mine/first 1.00 · second -0.123 · third 1.23e+4');
});

test('what every trainer reports comes last', () => {
  const metrics = { loss: 1, grad_norm: 2, learning_rate: 0.001, margin: 3, num_tokens: 100 };
  expect(shownMetrics(metrics)).toBe('loss 1.00 · margin 3.00 · grad_norm 2.00 · learning_rate 0.00100');
  expect(shownMetrics({})).toBe('');
});
