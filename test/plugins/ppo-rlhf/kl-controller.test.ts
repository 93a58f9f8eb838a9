import { describe, expect, test } from 'vitest';
import { adaptedCoefficient } from '../../../plugins/ppo-rlhf/kl-controller.js';

describe('adaptedCoefficient', () => {
  test('hand-worked, error clipped at .2', () =>
    expect(adaptedCoefficient(0.15, 9, 256, 6, 10000)).toBeCloseTo(0.150768, 9));
  test('at the target nothing moves; below it the coefficient falls', () => {
    expect(adaptedCoefficient(0.15, 6, 256, 6, 10000)).toBe(0.15);
    expect(adaptedCoefficient(0.15, 5.4, 256, 6, 10000)).toBeCloseTo(0.15 * (1 - 0.00256), 12);
  });
  test('refuses a horizon that could turn the coefficient negative', () => {
    expect(() => adaptedCoefficient(0.15, 0, 50, 6, 10)).toThrow(
      /klHorizon 10 is too short for 50 samples.*raise it above 10/,
    );
  });
});
