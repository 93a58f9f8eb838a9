import * as tf from '@tensorflow/tfjs';
import type { Tensor } from '../ops.js';

const scaleOf = (q: Tensor): Tensor => tf.scalar(1 / Math.sqrt(q.shape.at(-1)!));

/** q k^T / sqrt(dh): [..., T, dh] x [..., S, dh] -> [..., T, S]. */
export const scaledScores = (q: Tensor, k: Tensor): Tensor =>
  tf.mul(tf.matMul(q, k, false, true), scaleOf(q));

/** What some families change about attention. */
export interface AttentionOptions {
  /** Tokens that a token looks at, itself included; default all before it. */
  readonly window?: number;
  /** c: scores s become c tanh(s / c) (Gemma Team 2024, arXiv:2408.00118); default: they stay as they are. */
  readonly softcap?: number;
}

/** tanh(s / c) of scores s, and the scores c tanh(s / c); s itself where there is no cap. */
export function capped(scores: Tensor, cap: number | undefined): { scores: Tensor; bent: Tensor | null } {
  if (cap === undefined) return { scores, bent: null };
  const bent = tf.tanh(tf.mul(scores, tf.scalar(1 / cap)));
  return { scores: tf.mul(bent, tf.scalar(cap)), bent };
}

/** Row sums of p dp equal row sums of out dOut, which are the smaller arrays. */
export const rowSums = (out: Tensor, dOut: Tensor): Tensor => tf.sum(tf.mul(out, dOut), -1, true);

/**
 * Gradients of out = p v, where p is a softmax over scores and q k^T / sqrt(dh) is some or all of them.
 * @param sums `rowSums` over all the scores of each row
 * @param bent tanh(s / c) where scores were capped: d(c tanh(s / c)) / ds = 1 - tanh^2
 */
export function attentionGradients(
  { q, k, v, p }: Record<'q' | 'k' | 'v' | 'p', Tensor>,
  dOut: Tensor,
  sums: Tensor,
  bent: Tensor | null = null,
): Record<'dq' | 'dk' | 'dv', Tensor> {
  const dCapped = tf.mul(p, tf.sub(tf.matMul(dOut, v, false, true), sums));
  const ds = bent === null ? dCapped : tf.mul(dCapped, tf.sub(tf.scalar(1), tf.mul(bent, bent)));
  return {
    dq: tf.mul(tf.matMul(ds, k), scaleOf(q)),
    dk: tf.mul(tf.matMul(ds, q, true, false), scaleOf(q)),
    dv: tf.matMul(p, dOut, true, false),
  };
}

/** Additive [T, T]: -1e9 above the diagonal and `window` or more below it, 0 between. */
export function causalMask(time: number, window = time): Tensor {
  const mask = new Float32Array(time * time);
  for (let i = 0; i < time; i++) {
    mask.fill(-1e9, i * time + i + 1, (i + 1) * time);
    mask.fill(-1e9, i * time, i * time + Math.max(0, i + 1 - window));
  }
  return tf.tensor2d(mask, [time, time]);
}
