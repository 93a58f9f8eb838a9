import * as tf from '@tensorflow/tfjs';
import { beforeAll, describe, expect, test } from 'vitest';
import { clippedPolicyLoss, clippedValueLoss } from '../../../plugins/shared/clipped-loss.js';
import { eagerly, finiteDifferences, gradient, values, vector } from '../support.js';

beforeAll(eagerly);
const logs = (...ratios: number[]) => vector(...ratios.map(Math.log));
const zeros = (n: number) => tf.zeros([n]);

describe('clippedPolicyLoss', () => {
  test('hand-worked: clips gains, not losses', () => {
    const { loss, clipped } = clippedPolicyLoss(
      logs(1.5, 1.5, 0.5, 0.5, 1.1),
      zeros(5),
      vector(1, -1, 1, -1, 2),
      0.2,
    );
    [-1.2, 1.5, -0.5, 0.8, -2.2].forEach((want, i) => expect(values(loss)[i]).toBeCloseTo(want, 5));
    expect(values(clipped)).toEqual([1, 0, 0, 1, 0]);
  });
  test('at the old policy: -A, ratio 1, and the plain policy gradient', () => {
    const { loss, ratio, clipped } = clippedPolicyLoss(vector(-2, -3), vector(-2, -3), vector(0.5, -4), 0.2);
    expect(values(loss)).toEqual([-0.5, 4]);
    expect(values(ratio)).toEqual([1, 1]);
    expect(values(clipped)).toEqual([0, 0]);
    expect(
      gradient((x) => clippedPolicyLoss(x, vector(-2, -3), vector(0.5, -4), 0.2).loss, [-2, -3]),
    ).toEqual([-0.5, 4]);
  });
  test('stays finite at log-ratios of ±1e4, with finite gradients', () => {
    for (const x of [1e4, -1e4])
      for (const a of [1, -1, 0]) {
        const f = (t: tf.Tensor) => clippedPolicyLoss(t, zeros(1), vector(a), 0.2).loss;
        expect(Number.isFinite(values(f(vector(x)))[0])).toBe(true);
        expect(gradient(f, [x])[0]).toBeCloseTo(0, 6); // past every clip
      }
  });
  test('gradient agrees with finite differences away from the kinks', () => {
    const at = [-0.5, -0.1, 0.05, 0.1, 0.6, 0.5];
    const f = (t: tf.Tensor) => clippedPolicyLoss(t, zeros(6), vector(1, -0.5, 2, -1, 1, -1), 0.2).loss;
    const numeric = finiteDifferences(f, at);
    gradient(f, at).forEach((g, i) => expect(g).toBeCloseTo(numeric[i]!, 3));
  });
});

describe('clippedValueLoss', () => {
  test('hand-worked: the worse of the clipped and the plain error, halved', () => {
    // old 0, clip .2: towards the return 1 from .5 the clipped value .2 is farther; past it at -1 the plain
    // one is.
    const { loss, clipped } = clippedValueLoss(vector(0.5, -1, 0.1), zeros(3), vector(1, 1, 1), 0.2);
    [0.5 * 0.64, 0.5 * 4, 0.5 * 0.81].forEach((want, i) => expect(values(loss)[i]).toBeCloseTo(want, 5));
    expect(values(clipped)).toEqual([1, 0, 0]);
  });
  test('is 0 at the return', () =>
    expect(values(clippedValueLoss(vector(2), vector(2), vector(2), 0.2).loss)).toEqual([0]));
  test('stays finite at values of ±1e4', () => {
    for (const v of [1e4, -1e4])
      expect(Number.isFinite(values(clippedValueLoss(vector(v), zeros(1), vector(1), 0.2).loss)[0])).toBe(
        true,
      );
  });
  test('gradient agrees with finite differences away from the kinks', () => {
    const at = [-1, -0.1, 0.1, 0.5, 3];
    const f = (t: tf.Tensor) => clippedValueLoss(t, zeros(5), vector(1, 1, -1, -1, 1), 0.2).loss;
    const numeric = finiteDifferences(f, at);
    gradient(f, at).forEach((g, i) => expect(g).toBeCloseTo(numeric[i]!, 2));
  });
});
