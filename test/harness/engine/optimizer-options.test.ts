import { describe, expect, test } from 'vitest';
import { learningRateAt, settled } from '../../../harness/engine/optimizer-options.js';

describe('the learning rate', () => {
  const rates = (schedule: 'constant' | 'linear' | 'cosine') => {
    const settings = settled({ learningRate: 8, schedule, warmupSteps: 2, totalSteps: 6 });
    return [0, 1, 2, 3, 4, 5, 6, 9].map((step) => learningRateAt(step, settings));
  };
  test('rises in the first steps and stays', () =>
    expect(rates('constant')).toEqual([4, 8, 8, 8, 8, 8, 8, 8]));
  test('linear: falls to 0 and stays there', () => expect(rates('linear')).toEqual([4, 8, 8, 6, 4, 2, 0, 0]));
  test('cosine: half way at the middle', () => {
    const wanted = [4, 8, 8, 4 + 4 * Math.SQRT1_2, 4, 4 - 4 * Math.SQRT1_2, 0, 0];
    rates('cosine').forEach((rate, i) => expect(rate, `step ${i}`).toBeCloseTo(wanted[i]!, 12));
  });
});

describe('options of the optimiser', () => {
  test('what is not given has its default', () => {
    expect(settled({ learningRate: 1 })).toEqual({
      learningRate: 1,
      schedule: 'constant',
      warmupSteps: 0,
      totalSteps: undefined,
      beta1: 0.9,
      beta2: 0.999,
      epsilon: 1e-8,
      weightDecay: 0,
      maxGradNorm: 1,
    });
  });
  test.each([-1, Number.NaN, Number.POSITIVE_INFINITY])('a rate of %d is refused', (learningRate) => {
    expect(() => settled({ learningRate })).toThrow(
      `optimiser: learningRate must be a finite number >= 0, got ${learningRate}`,
    );
  });
  test('a decay without its length is refused', () => {
    expect(() => settled({ learningRate: 1, schedule: 'linear' })).toThrow(
      "optimiser: schedule 'linear' needs totalSteps",
    );
  });
});
