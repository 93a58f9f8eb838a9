import * as tf from '@tensorflow/tfjs';
import type { Tensor } from '../ops.js';
import { isTracing } from '../trace/active.js';
import { runFused } from './fused.js';

/**
 * cache [B, S, D] with row (b, slots[b]) replaced by rows[b]: the write of one decoding step. Not
 * differentiable.
 */
export function writeSlots(cache: Tensor, slots: Tensor, rows: Tensor): Tensor {
  if (isTracing()) return runFused('TiltyardWriteSlots', { cache, slots, rows }) as Tensor;
  const hit = tf.expandDims(tf.oneHot(slots as tf.Tensor1D, cache.shape[1]!), 2); // [B, S, 1]
  return tf.add(tf.mul(cache, tf.sub(tf.scalar(1), hit)), tf.mul(hit, tf.expandDims(rows, 1)));
}
