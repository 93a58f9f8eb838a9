import * as tf from '@tensorflow/tfjs';
import type { Tensor } from '../ops.js';
import { type AttentionOptions, attended, causalMask } from './attention-parts.js';
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
  options: AttentionOptions = {},
): Tensor {
  const width = qkv.shape[1]! / 3;
  const size = width / heads;
  /** [B*T, D] -> [B, H, T, dh], and back. */
  const byHead = (x: Tensor): Tensor => tf.transpose(tf.reshape(x, [batch, time, heads, size]), [0, 2, 1, 3]);
  const byRow = (x: Tensor): Tensor => tf.reshape(tf.transpose(x, [0, 2, 1, 3]), [batch * time, width]);

  return customGrad((...args) => {
    const [qkv, save] = args as [Tensor, Save];
    const parts = tf.split(qkv, 3, 1).map(byHead) as [Tensor, Tensor, Tensor]; // [B, H, T, dh]
    const mask = causalMask(time, options.window);
    const { out, saved, gradients } = attended(parts, (scores) => tf.add(scores, mask), options);
    save(saved);
    const gradFunc: Grad = (dy, saved) => tf.concat(gradients(byHead(dy), saved).map(byRow), 1);
    return { value: byRow(out), gradFunc };
  })(qkv);
}
