import { beforeAll, describe, expect, test } from 'vitest';
import { dpoLoss } from '../../../plugins/dpo/loss.js';
import type { PairLogps } from '../../../plugins/shared/pairs.js';
import type { Tensor } from '../../../harness/index.js';
import { eagerly, finiteDifferences, gradient, minimiser, values, vector } from '../support.js';
import * as tf from '@tensorflow/tfjs';

beforeAll(eagerly);
const pair = (lw: number, rw: number, ll: number, rl: number): PairLogps => ({
  policyChosen: vector(lw),
  referenceChosen: vector(rw),
  policyRejected: vector(ll),
  referenceRejected: vector(rl),
});
/** A pair whose log-ratio gap is h. */
const gap = (h: Tensor): PairLogps => ({
  policyChosen: h,
  referenceChosen: tf.zerosLike(h),
  policyRejected: tf.zerosLike(h),
  referenceRejected: tf.zerosLike(h),
});

describe('dpoLoss', () => {
  test('hand-worked pair: a_w = 2, a_l = -.5, beta .1', () => {
    const x = pair(-12, -14, -15, -14.5);
    expect(values(dpoLoss(x, 0.1, 0))[0]).toBeCloseTo(0.575939, 6);
    expect(values(dpoLoss(x, 0.1, 0.1))[0]).toBeCloseTo(0.600939, 6);
  });
  test('is log 2 at margin 0, whatever beta and smoothing', () => {
    for (const beta of [0.01, 1, 10])
      for (const e of [0, 0.1, 0.4])
        expect(values(dpoLoss(pair(-3, -3, -9, -9), beta, e))[0]).toBeCloseTo(Math.LN2, 6);
  });
  test('is per example', () => {
    const x: PairLogps = {
      policyChosen: vector(-12, -3),
      referenceChosen: vector(-14, -3),
      policyRejected: vector(-15, -9),
      referenceRejected: vector(-14.5, -9),
    };
    expect(dpoLoss(x, 0.1, 0).shape).toEqual([2]);
    expect(values(dpoLoss(x, 0.1, 0))[1]).toBeCloseTo(Math.LN2, 6);
  });
  test('stays finite at gaps of ±1e4, with finite gradients', () => {
    for (const h of [1e4, -1e4]) {
      expect(values(dpoLoss(gap(vector(h)), 1, 0))[0]).toBe(h > 0 ? 0 : 1e4);
      expect(gradient((t) => dpoLoss(gap(t), 1, 0), [h])[0]).toBeCloseTo(h > 0 ? 0 : -1, 6);
      expect(Number.isFinite(gradient((t) => dpoLoss(gap(t), 1, 0.1), [h])[0])).toBe(true);
    }
  });
  test.each([0, 0.2])('gradient agrees with finite differences, smoothing %d', (e) => {
    const at = [-2, -0.5, 0, 0.7, 3];
    const f = (t: Tensor) => dpoLoss(gap(t), 0.8, e);
    const numeric = finiteDifferences(f, at);
    gradient(f, at).forEach((g, i) => expect(g).toBeCloseTo(numeric[i]!, 3));
  });
  test.each([
    [0.6, 0.1],
    [0.9, 0.5],
    [0.99, 2],
  ])('two arms, win frequency %d, beta %d: h = logit(p) / beta', (p, beta) => {
    const population = (h: Tensor) =>
      tf.add(tf.mul(dpoLoss(gap(h), beta, 0), p), tf.mul(dpoLoss(gap(tf.neg(h)), beta, 0), 1 - p));
    // Float32 gradients vanish to about 1e-7 around the minimum, whose curvature is p (1-p) beta^2.
    const tolerance = 1e-6 / (p * (1 - p) * beta ** 2) + 1e-4;
    expect(Math.abs(minimiser(population, -200, 200) - Math.log(p / (1 - p)) / beta)).toBeLessThan(tolerance);
  });
  test('smoothing at p = 1 has the optimum of an unsmoothed win frequency 1 - e', () => {
    expect(minimiser((h) => dpoLoss(gap(h), 0.5, 0.1), -100, 100)).toBeCloseTo(Math.log(9) / 0.5, 3);
  });
});
