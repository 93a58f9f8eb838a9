import * as tf from '@tensorflow/tfjs';
import type { Tensor } from '../ops.js';
import { isTracing } from '../trace/active.js';
import { runFused } from './fused.js';

/**
 * cache [B, H, S, dh] with what is at (b, h, slots[b]) replaced by rows[b, h]: the write of one decoding
 * step. slots: int32 [B], rows: [B, H, dh]. Not differentiable.
 */
export function writeSlots(cache: Tensor, slots: Tensor, rows: Tensor): Tensor {
  if (isTracing()) return runFused('TiltyardWriteSlots', { cache, slots, rows }) as Tensor;
  const [B, , S] = cache.shape as [number, number, number];
  const hit = tf.reshape(tf.oneHot(slots as tf.Tensor1D, S), [B, 1, S, 1]);
  return tf.add(tf.mul(cache, tf.sub(tf.scalar(1), hit)), tf.mul(hit, tf.expandDims(rows, 2)));
}

/**
 * x [N, ...] with the rows at int32 `places` [R] replaced by rows [R, ...]. A place that comes again comes
 * with the same row. Not differentiable.
 */
export function replaceRows(x: Tensor, places: Tensor, rows: Tensor): Tensor {
  if (isTracing()) return runFused('TiltyardReplaceRows', { x, places, rows }) as Tensor;
  const n = x.shape[0]!;
  const hits = tf.transpose(tf.cast(tf.oneHot(places as tf.Tensor1D, n), 'float32')); // [N, R]
  const times = tf.sum(hits, 1, true);
  const flat = (y: Tensor): Tensor => tf.reshape(y, [y.shape[0]!, y.size / y.shape[0]!]);
  const placed = tf.matMul(tf.div(hits, tf.maximum(times, tf.scalar(1))), flat(rows) as tf.Tensor2D);
  return tf.where(tf.broadcastTo(tf.greater(times, 0), placed.shape), placed, flat(x)).reshape(x.shape);
}
