import * as tf from '@tensorflow/tfjs';
import type { Tensor } from '../ops.js';

const scaleOf = (q: Tensor): Tensor => tf.scalar(1 / Math.sqrt(q.shape.at(-1)!));

/** q k^T / sqrt(dh): [..., T, dh] x [..., S, dh] -> [..., T, S]. */
export const scaledScores = (q: Tensor, k: Tensor): Tensor =>
  tf.mul(tf.matMul(q, k, false, true), scaleOf(q));

/** Row sums of p dp equal row sums of out dOut, which are the smaller arrays. */
export const rowSums = (out: Tensor, dOut: Tensor): Tensor => tf.sum(tf.mul(out, dOut), -1, true);

/**
 * Gradients of out = p v, where p is a softmax over scores and q k^T / sqrt(dh) is some or all of them.
 * @param sums `rowSums` over all the scores of each row
 */
export function attentionGradients(
  { q, k, v, p }: Record<'q' | 'k' | 'v' | 'p', Tensor>,
  dOut: Tensor,
  sums: Tensor,
): Record<'dq' | 'dk' | 'dv', Tensor> {
  const ds = tf.mul(p, tf.sub(tf.matMul(dOut, v, false, true), sums));
  return {
    dq: tf.mul(tf.matMul(ds, k), scaleOf(q)),
    dk: tf.mul(tf.matMul(ds, q, true, false), scaleOf(q)),
    dv: tf.matMul(p, dOut, true, false),
  };
}

/** Additive [T, T]: 0 on and below the diagonal, -1e9 above. */
export function causalMask(time: number): Tensor {
  const mask = new Float32Array(time * time);
  for (let i = 0; i < time; i++) mask.fill(-1e9, i * time + i + 1, (i + 1) * time);
  return tf.tensor2d(mask, [time, time]);
}
