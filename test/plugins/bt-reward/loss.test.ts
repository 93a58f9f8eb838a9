import * as tf from '@tensorflow/tfjs';
import { beforeAll, describe, expect, test } from 'vitest';
import type { Tensor } from '../../../harness/index.js';
import { type BtOptions, btLoss } from '../../../plugins/bt-reward/loss.js';
import { eagerly, finiteDifferences, gradient, minimiser, values, vector } from '../support.js';

beforeAll(eagerly);
const plain: BtOptions = { penalty: 0, clampDifference: null, centering: 0 };
const loss = (w: number, l: number, margin: number, options: Partial<BtOptions> = {}): number =>
  values(btLoss(vector(w), vector(l), vector(margin), { ...plain, ...options }))[0]!;
/** Rewards ±d/2. */
const ofDifference = (options: Partial<BtOptions>) => (d: Tensor) =>
  btLoss(tf.mul(d, 0.5), tf.mul(d, -0.5), tf.zerosLike(d), { ...plain, ...options });
const sigmoid = (x: number): number => 1 / (1 + Math.exp(-x));

describe('btLoss', () => {
  test('hand-worked pair: 1.5 against -.25, margin .5, centering .01', () => {
    expect(loss(1.5, -0.25, 0)).toBeCloseTo(0.160224, 6);
    expect(loss(1.5, -0.25, 0.5)).toBeCloseTo(0.251929, 6);
    expect(loss(1.5, -0.25, 0.5, { centering: 0.01 })).toBeCloseTo(0.267554, 6);
    expect(loss(1.5, -0.25, 0, { penalty: 0.1 })).toBeCloseTo(0.160224 + 0.1 * 1.75 ** 2, 6);
  });
  test('is log 2 at equal rewards', () =>
    expect(loss(3, 3, 0, { penalty: 0.1, clampDifference: 5 })).toBeCloseTo(Math.LN2, 6));
  test('is blind to a shift of all rewards, unless centred', () => {
    expect(loss(101.5, 99.75, 0)).toBeCloseTo(loss(1.5, -0.25, 0), 5);
    expect(loss(101.5, 99.75, 0, { centering: 0.01 })).toBeGreaterThan(100);
  });
  test('stays finite at differences of ±1e4, with finite gradients', () => {
    for (const d of [1e4, -1e4]) {
      expect(values(ofDifference({})(vector(d)))[0]).toBe(d > 0 ? 0 : 1e4);
      expect(gradient(ofDifference({ penalty: 0.1, centering: 0.1 }), [d]).every(Number.isFinite)).toBe(true);
    }
  });
  test('a clamp leaves no gradient beyond c, on either side, and changes nothing within', () => {
    const f = ofDifference({ clampDifference: 10, penalty: 0.01 });
    expect(gradient(f, [10.5, -10.5, 1e4])).toEqual([0, 0, 0]);
    expect(gradient(f, [3])[0]).toBeCloseTo(gradient(ofDifference({ penalty: 0.01 }), [3])[0]!, 6);
    expect(values(f(vector(50)))[0]).toBeCloseTo(values(f(vector(10)))[0]!, 6);
  });
  test('gradient agrees with finite differences', () => {
    const options = { penalty: 0.05, clampDifference: 8, centering: 0.02 };
    const f = (x: Tensor) => btLoss(x, vector(0.3, -0.2, 1, 0), vector(0, 0.5, 0, 1), options);
    const at = [-2, 0.4, 1.5, 6];
    const numeric = finiteDifferences(f, at);
    gradient(f, at).forEach((g, i) => expect(g).toBeCloseTo(numeric[i]!, 3));
  });
  test.each([
    [1, 1e-3, 4.67],
    [1, 1e-2, 2.82],
    [1, 3e-2, 2.0],
    [1, 1e-1, 1.18],
    [0.8, 0.01, 1.238],
    [0.8, 0.1, 0.681],
  ])(
    'two arms, win frequency %d, penalty %d: difference %d, where p - sigma(d) = 2 lambda d',
    (p, penalty, printed) => {
      const f = ofDifference({ penalty });
      const d = minimiser((x) => tf.add(tf.mul(f(x), p), tf.mul(f(tf.neg(x)), 1 - p)), -50, 50);
      expect(p - sigmoid(d)).toBeCloseTo(2 * penalty * d, 5);
      expect(Math.abs(d - printed)).toBeLessThan(0.006); // the literals carry two decimals
    },
  );
  test('two arms without penalty: difference logit(p)', () => {
    const f = ofDifference({});
    expect(minimiser((x) => tf.add(tf.mul(f(x), 0.8), tf.mul(f(tf.neg(x)), 0.2)), -50, 50)).toBeCloseTo(
      Math.log(4),
      4,
    );
  });
});
