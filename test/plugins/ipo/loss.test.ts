import * as tf from '@tensorflow/tfjs';
import { beforeAll, describe, expect, test } from 'vitest';
import type { Tensor } from '../../../harness/index.js';
import { ipoLoss } from '../../../plugins/ipo/loss.js';
import type { PairLogps } from '../../../plugins/shared/pairs.js';
import { eagerly, finiteDifferences, gradient, minimiser, values, vector } from '../support.js';

beforeAll(eagerly);
const pair = (lw: number, rw: number, ll: number, rl: number): PairLogps => ({
  policyChosen: vector(lw),
  referenceChosen: vector(rw),
  policyRejected: vector(ll),
  referenceRejected: vector(rl),
});
const gap = (h: Tensor): PairLogps => ({
  policyChosen: h,
  referenceChosen: tf.zerosLike(h),
  policyRejected: tf.zerosLike(h),
  referenceRejected: tf.zerosLike(h),
});

describe('ipoLoss', () => {
  test('hand-worked pair with sums and with length averages (8 and 10 tokens), tau .1', () => {
    expect(values(ipoLoss(pair(-12, -14, -15, -14.5), 0.1))[0]).toBeCloseTo(6.25, 5);
    expect(values(ipoLoss(pair(-12 / 8, -14 / 8, -15 / 10, -14.5 / 10), 0.1))[0]).toBeCloseTo(22.09, 5);
  });
  test('is 1/(4 tau^2) at margin 0', () => {
    for (const tau of [0.05, 0.1, 1])
      expect(values(ipoLoss(pair(-3, -3, -9, -9), tau))[0]! * 4 * tau * tau).toBeCloseTo(1, 5);
  });
  test('is per example', () => {
    expect(values(ipoLoss(gap(vector(5, 0)), 0.1))).toEqual([0, 25]);
  });
  test('stays finite at gaps of ±1e4, with finite gradients', () => {
    for (const h of [1e4, -1e4]) {
      expect(values(ipoLoss(gap(vector(h)), 0.5))[0]).toBeCloseTo((h - 1) ** 2, -2);
      expect(gradient((t) => ipoLoss(gap(t), 0.5), [h])[0]).toBeCloseTo(2 * (h - 1), 1);
    }
  });
  test('gradient agrees with finite differences', () => {
    const at = [-2, -0.5, 0, 0.7, 3];
    const numeric = finiteDifferences((t) => ipoLoss(gap(t), 0.5), at);
    gradient((t) => ipoLoss(gap(t), 0.5), at).forEach((g, i) => expect(g).toBeCloseTo(numeric[i]!, 2));
  });
  test.each([
    [0.6, 0.1],
    [0.9, 0.5],
    [1, 2],
  ])('two arms, win frequency %d, tau %d: h = (p - 1/2) / tau', (p, tau) => {
    const population = (h: Tensor) =>
      tf.add(tf.mul(ipoLoss(gap(h), tau), p), tf.mul(ipoLoss(gap(tf.neg(h)), tau), 1 - p));
    expect(minimiser(population, -50, 50)).toBeCloseTo((p - 0.5) / tau, 3);
  });
});
