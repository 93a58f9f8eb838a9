import * as tf from '@tensorflow/tfjs';
import { beforeAll, describe, expect, test } from 'vitest';
import type { Tensor } from '../../../harness/index.js';
import { dpoLoss } from '../../../plugins/dpo/loss.js';
import { dpoPenaltyLoss } from '../../../plugins/dpo-penalty/loss.js';
import type { PairLogps } from '../../../plugins/shared/pairs.js';
import { eagerly, minimiser, values, vector } from '../support.js';

beforeAll(eagerly);
/** A pair whose log-ratio gap is h, and the same with the sides exchanged. */
const gap = (h: Tensor): PairLogps => ({
  policyChosen: h,
  referenceChosen: tf.zerosLike(h),
  policyRejected: tf.zerosLike(h),
  referenceRejected: tf.zerosLike(h),
});

describe('dpoPenaltyLoss', () => {
  test('lambda 0 is DPO, and at h = 0 it is log 2 for every lambda', () => {
    expect(values(dpoPenaltyLoss(gap(vector(1.7, -3)), 0.4, 0))).toEqual(
      values(dpoLoss(gap(vector(1.7, -3)), 0.4, 0)),
    );
    expect(values(dpoPenaltyLoss(gap(vector(0)), 2, 0.3))[0]).toBeCloseTo(Math.LN2, 6);
  });
  test('hand-worked: h = 2.5, beta .1, lambda .01', () =>
    expect(values(dpoPenaltyLoss(gap(vector(2.5)), 0.1, 0.01))[0]).toBeCloseTo(0.575939 + 0.000625, 6));
  // The penalised gap d of a certain pair solves 1 - sigma(d) = 2 lambda d; the loss then has a minimum at
  // every beta, where DPO has none.
  test.each([
    [0.001, 4.67],
    [0.01, 2.82],
    [0.1, 1.18],
  ])('a certain pair, lambda %d: d = beta h = %d at every beta', (lambda, d) => {
    for (const beta of [0.1, 1, 5])
      expect(beta * minimiser((t) => dpoPenaltyLoss(gap(t), beta, lambda), 0, 10 / beta)).toBeCloseTo(d, 2);
  });
});
