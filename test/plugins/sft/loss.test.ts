import * as tf from '@tensorflow/tfjs';
import { beforeAll, describe, expect, test } from 'vitest';
import { sequenceMeanLoss, tokenMeanLoss } from '../../../plugins/sft/loss.js';
import { eagerly, finiteDifferences, gradient, values } from '../support.js';

beforeAll(eagerly);
/** Two completions: three tokens of log-probability -1, one of -5. */
const logps = () =>
  tf.tensor2d([
    [-1, -1, -1],
    [-5, 0, 0],
  ]);
const mask = () =>
  tf.tensor2d([
    [1, 1, 1],
    [1, 0, 0],
  ]);
const mean = (xs: number[]): number => xs.reduce((a, b) => a + b, 0) / xs.length;

describe('sft losses', () => {
  test('token mean: every token weighs the same', () => {
    expect(tokenMeanLoss(logps(), mask()).shape).toEqual([2]);
    expect(mean(values(tokenMeanLoss(logps(), mask())))).toBeCloseTo((3 + 5) / 4, 6);
  });
  test('sequence mean: every completion weighs the same', () => {
    expect(values(sequenceMeanLoss(logps(), mask()))).toEqual([1, 5]);
  });
  test('uniform over V tokens is log V, either way', () => {
    const uniform = tf.mul(mask(), -Math.log(128));
    for (const loss of [tokenMeanLoss, sequenceMeanLoss])
      expect(mean(values(loss(uniform, mask())))).toBeCloseTo(Math.log(128), 5);
  });
  test('stays finite for impossible tokens', () => {
    for (const loss of [tokenMeanLoss, sequenceMeanLoss])
      expect(values(loss(tf.mul(mask(), -1e4), mask())).every(Number.isFinite)).toBe(true);
  });
  test.each([
    ['token', tokenMeanLoss],
    ['sequence', sequenceMeanLoss],
  ])('gradient agrees with finite differences: %s', (_, loss) => {
    const f = (x: tf.Tensor) => loss(tf.mul(tf.reshape(x, [2, 3]), mask()), mask());
    const at = [-1, -2, -3, -0.5, 0, 0];
    const numeric = finiteDifferences(f, at);
    gradient(f, at).forEach((g, i) => expect(g).toBeCloseTo(numeric[i]!, 3));
  });
});
