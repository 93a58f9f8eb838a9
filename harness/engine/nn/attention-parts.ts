import * as tf from '@tensorflow/tfjs';
import type { Tensor } from '../ops.js';

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

/** Attention as far as queries look at keys; its gradient needs what it saves. */
export interface Attended {
  /** [..., T, dh]. */
  readonly out: Tensor;
  readonly saved: Tensor[];
  /** @param saved the tensors above, as they come back to a gradient */
  gradients(dOut: Tensor, saved: readonly Tensor[]): [dq: Tensor, dk: Tensor, dv: Tensor];
}

/**
 * softmax(mask(q k^T / sqrt(dh))) v (Vaswani et al. 2017, arXiv:1706.03762, eq. 1): q [..., T, dh], k and v
 * [..., S, dh].
 * @param masked scores [..., T, S] where what a query does not look at is -1e9 or so
 */
export function attended(
  [q, k, v]: readonly [Tensor, Tensor, Tensor],
  masked: (scores: Tensor) => Tensor,
  { softcap }: AttentionOptions,
): Attended {
  const scale = tf.scalar(1 / Math.sqrt(q.shape.at(-1)!));
  const { scores, bent } = capped(tf.mul(tf.matMul(q, k, false, true), scale), softcap);
  const p = tf.softmax(masked(scores));
  const out = tf.matMul(p, v);
  return {
    out,
    saved: [q, k, v, p, out, ...(bent === null ? [] : [bent])],
    gradients(dOut, [q, k, v, p, out, bent]) {
      const scale = tf.scalar(1 / Math.sqrt(q!.shape.at(-1)!));
      // Row sums of p dp equal row sums of out dOut, which are the smaller arrays.
      const sums = tf.sum(tf.mul(out!, dOut), -1, true);
      const dCapped = tf.mul(p!, tf.sub(tf.matMul(dOut, v!, false, true), sums));
      // d(c tanh(s / c)) / ds = 1 - tanh^2
      const ds = bent === undefined ? dCapped : tf.mul(dCapped, tf.sub(tf.scalar(1), tf.mul(bent, bent)));
      return [
        tf.mul(tf.matMul(ds, k!), scale),
        tf.mul(tf.matMul(ds, q!, true, false), scale),
        tf.matMul(p!, dOut, true, false),
      ];
    },
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
