import { expect, test } from 'vitest';
import { stepIn } from '../../../../harness/worker/external/metrics.js';
import { Diverged } from '../../../../harness/worker/loop.js';

test('a step, its metrics, and how many there will be', () => {
  expect(stepIn('p', '{"step": 3, "loss": 0.5, "rewards/margins": -1e-3, "total_steps": 9}', 2)).toEqual({
    step: 3,
    metrics: { loss: 0.5, 'rewards/margins': -1e-3 },
    totalSteps: 9,
  });
  expect(stepIn('p', '{"step": 30, "loss": 1}', 20)).toEqual({
    step: 30,
    metrics: { loss: 1 },
    totalSteps: null,
  });
});

test.each([
  ['nothing that is JSON', '{"step": 1, "lo', /metrics after step 0: "\{\\"step\\": 1, \\"lo" is no JSON/],
  ['a list', '[1]', /is no object; a line is/],
  ['no step', '{"loss": 1}', /step should be a whole number above 0, got undefined/],
  ['a step again', '{"step": 0, "loss": 1}', /step should be a whole number above 0, got 0/],
  [
    'a total that is passed',
    '{"step": 4, "total_steps": 3}',
    /total_steps should be a whole number from 4 on/,
  ],
  ['a metric that is a word', '{"step": 1, "loss": "low"}', /metric 'loss' should be a number, got string/],
])('%s is refused', (_, line, message) => {
  expect(() => stepIn('p', line, 0)).toThrow(message);
  expect(() => stepIn('p', line, 0)).not.toThrow(Diverged);
});

test.each(['NaN', 'Infinity', '-Infinity'])('%s, as Python writes it, is a divergence', (number) => {
  const line = `{"step": 2, "grad_norm": 1.0, "loss": ${number}}`;
  expect(() => stepIn('p', line, 1)).toThrow(Diverged);
  expect(() => stepIn('p', line, 1)).toThrow(`step 2: metric 'loss' became ${number}`);
});
