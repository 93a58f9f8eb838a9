import * as tf from '@tensorflow/tfjs';
import { beforeAll, describe, expect, test } from 'vitest';
import type { Tensor } from '../../../harness/index.js';
import { bestRows, penalisedScores } from '../../../plugins/raft/best.js';
import { raftLoss } from '../../../plugins/raft/loss.js';
import { tilted } from '../../../plugins/tilt/tilt.js';
import { eagerly, finiteDifferences, gradient, values } from '../support.js';

beforeAll(eagerly);
/** Made inside a test: tensors belong to the backend that is there then. */
const mask = () =>
  tf.tensor2d([
    [1, 0, 0],
    [1, 1, 1],
  ]);

describe('raftLoss', () => {
  test('hand-worked: sums over tokens, over the mean length 2', () => {
    const logps = tf.tensor2d([
      [-1, 0, 0],
      [-2, -0.5, -0.5],
    ]);
    expect(values(raftLoss(logps, mask()))).toEqual([0.5, 1.5]); // the mean is 4 nats over 4 tokens
  });
  test('0 where the best completions are certain', () =>
    values(raftLoss(tf.zeros([2, 3]), mask())).forEach((x) => expect(Math.abs(x)).toBe(0)));
  test('finite at -1e4 a token, with finite gradients', () => {
    const f = (t: Tensor) => raftLoss(tf.reshape(t, [2, 3]), mask());
    const at = [-1e4, 0, 0, -1e4, -1e4, -1e4];
    expect(values(f(tf.tensor1d(at)))).toEqual([5000, 15000]);
    for (const g of gradient(f, at)) expect(g).toBeCloseTo(-0.5, 6);
  });
  test('gradient agrees with finite differences', () => {
    const f = (t: Tensor) => raftLoss(tf.reshape(t, [2, 3]), mask());
    const at = [-1, 0, 0, -2, -0.5, -0.7];
    const numeric = finiteDifferences(f, at);
    gradient(f, at).forEach((g, i) => expect(g).toBeCloseTo(numeric[i]!, 3));
  });
});

describe('bestRows', () => {
  test('hand-worked: row r G + g belongs to prompt g', () => {
    // Prompt 0: 1, 5, 3; prompt 1: 9, 2, 9.
    expect(bestRows([1, 9, 5, 2, 3, 9], 2)).toEqual([2, 1]);
  });
  test('ties go to the first drawn; one completion is its own best', () => {
    expect(bestRows([2, 2, 2], 1)).toEqual([0]);
    expect(bestRows([3, 1, 2], 3)).toEqual([0, 1, 2]);
  });
  test('only the order counts', () => {
    const scores = [0.3, -2, 5, 0.31, 4, 1e-6];
    expect(
      bestRows(
        scores.map((r) => Math.sinh(100 * r - 3)),
        2,
      ),
    ).toEqual(bestRows(scores, 2));
  });
  test('ranked with the KL to the reference: hand-worked, and all equal at the tilted reference', () => {
    expect(penalisedScores([1, 0.5], [2, -1], 0.5)).toEqual([0, 1]);
    expect(penalisedScores([1, 0.5], [2, -1], 0)).toEqual([1, 0.5]);
    const [reference, rewards] = [
      [0.2, 0.3, 0.5],
      [1, 0, 2],
    ];
    const { policy } = tilted(reference, rewards, 0.7);
    const ranked = penalisedScores(
      rewards,
      policy.map((p, i) => Math.log(p / reference[i]!)),
      0.7,
    );
    for (const r of ranked) expect(r).toBeCloseTo(ranked[0]!, 12);
  });
  test('rows that do not fill the groups are refused', () => {
    for (const scores of [[1, 2, 3], []])
      expect(() => bestRows(scores, 2)).toThrow(/raft: \d scores of 2 prompts; give as many for each/);
  });
});
