import * as tf from '@tensorflow/tfjs';
import type { Tensor } from '../ops.js';
import {
  type AttentionOptions,
  attentionGradients,
  capped,
  causalMask,
  rowSums,
  scaledScores,
} from './attention-parts.js';
import { customGrad, type Grad, type Save } from './fused.js';

/**
 * Causal multi-head self-attention on packed projections: qkv [B*T, 3D] -> [B*T, D] (Vaswani et al. 2017,
 * arXiv:1706.03762, eq. 1). Right padding needs no mask: no real token looks at it.
 */
export function causalAttention(
  qkv: Tensor,
  batch: number,
  time: number,
  heads: number,
  { window, softcap }: AttentionOptions = {},
): Tensor {
  const width = qkv.shape[1]! / 3;
  const size = width / heads;
  /** [B*T, D] -> [B, H, T, dh], and back. */
  const byHead = (x: Tensor): Tensor => tf.transpose(tf.reshape(x, [batch, time, heads, size]), [0, 2, 1, 3]);
  const byRow = (x: Tensor): Tensor => tf.reshape(tf.transpose(x, [0, 2, 1, 3]), [batch * time, width]);

  return customGrad((...args) => {
    const [qkv, save] = args as [Tensor, Save];
    const [q, k, v] = tf.split(qkv, 3, 1).map(byHead) as [Tensor, Tensor, Tensor];
    const { scores, bent } = capped(scaledScores(q, k), softcap); //          [B, H, T, T]
    const p = tf.softmax(tf.add(scores, causalMask(time, window))); //        [B, H, T, T]
    const out = tf.matMul(p, v); //                                           [B, H, T, dh]
    save([q, k, v, p, out, ...(bent === null ? [] : [bent])]);
    const gradFunc: Grad = (dy, saved) => {
      const [q, k, v, p, out, bent] = saved as [Tensor, Tensor, Tensor, Tensor, Tensor, Tensor?];
      const dOut = byHead(dy);
      const { dq, dk, dv } = attentionGradients({ q, k, v, p }, dOut, rowSums(out, dOut), bent);
      return tf.concat([dq, dk, dv].map(byRow), 1);
    };
    return { value: byRow(out), gradFunc };
  })(qkv);
}
