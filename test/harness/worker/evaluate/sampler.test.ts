import { expect, test } from 'vitest';
import { samplerSubject, type SamplerRun } from '../../../../harness/worker/evaluate/sampler.js';

/** Log-probabilities of two completions, as an evaluation has them, of a plugin that states these. */
const logps = (probabilities: readonly number[]): readonly number[] =>
  samplerSubject({
    plugin: { name: 'some', probabilities: () => probabilities },
    params: {},
    reward: {},
  } as unknown as SamplerRun).logps([0, 1], [Math.log(0.5), Math.log(0.5)]);

test('of what a plugin states', () => expect(logps([0.25, 0.75])).toEqual([Math.log(0.25), Math.log(0.75)]));
test('of rounding by float32 as it is', () => expect(logps([0.25, 0.750002])).toHaveLength(2));
test.each([
  [[-1e-7, 1], /^plugin some: probabilities must be 2 numbers, .*; got -1e-7 among them: mend the plugin$/],
  [[Number.NaN, 1], /got NaN among them/],
  [[0.5, 0.4], /got 2 that sum to 0\.9/],
  [[1], /got 1 that sum to 1/],
])('%j is refused: it is no distribution', (probabilities, message) =>
  expect(() => logps(probabilities)).toThrow(message),
);
