import * as tf from '@tensorflow/tfjs';
import { range, type Tensor } from '../ops.js';
import { isTracingForCpu } from '../trace/active.js';
import { type AttentionOptions, capped } from './attention-parts.js';
import { runFused } from './fused.js';
import { writeSlots } from './cache.js';

/** Query, key and value of each row's newest token: [B, H, dh] each. */
export interface Newest {
  readonly q: Tensor;
  readonly k: Tensor;
  readonly v: Tensor;
}

/** Keys and values of rows' earlier tokens, from slot 0 on: [B, H, S, dh] each. */
export interface Cached {
  readonly keys: Tensor;
  readonly values: Tensor;
}

/**
 * One decoding step of attention: writes each row's newest key and value behind its `before` earlier ones
 * (int32 [B], below S), and attends to them all. Queries are scaled already. Returns [B, H * dh] and the new
 * caches, which have no meaning behind a row's newest token. Not differentiable.
 */
export function attendNewest(
  { q, k, v }: Newest,
  { keys, values }: Cached,
  before: Tensor,
  options: AttentionOptions = {},
): { attended: Tensor } & Cached {
  const [B, H, dh] = q.shape as [number, number, number];
  const S = keys.shape[2]!;
  // onnxruntime's operator takes heads of whole vectors alone, and on WebGPU it takes rows for equally long.
  if (isTracingForCpu() && dh % 8 === 0) {
    const made = runFused(
      'TiltyardAttendNewest',
      { q, k, v, keys, values, before },
      { ...options },
    ) as Tensor[];
    return { attended: tf.reshape(made[0]!, [B, H * dh]), keys: made[1]!, values: made[2]! };
  }
  const { window, softcap } = options;
  const [newKeys, newValues] = [writeSlots(keys, before, k), writeSlots(values, before, v)];
  const byHead = (cache: Tensor): Tensor => tf.reshape(cache, [B * H, S, dh]);
  const distance = tf.sub(tf.expandDims(before, 1), tf.expandDims(range(S), 0)); // [B, S]
  const behind = tf.less(distance, tf.scalar(0, 'int32'));
  const one = (condition: Tensor): Tensor => tf.cast(condition, 'float32');
  const hidden =
    window === undefined
      ? one(behind)
      : tf.maximum(one(behind), one(tf.greaterEqual(distance, tf.scalar(window, 'int32'))));
  const mask = tf.expandDims(tf.mul(hidden, tf.scalar(-1e9)), 1); // [B, 1, S]
  const scores = tf.reshape(tf.matMul(tf.reshape(q, [B * H, 1, dh]), byHead(newKeys), false, true), [
    B,
    H,
    S,
  ]);
  const p = tf.softmax(tf.add(capped(scores, softcap).scores, mask));
  const attended = tf.matMul(tf.reshape(p, [B * H, 1, S]), byHead(newValues)); // [B H, 1, dh]
  return { attended: tf.reshape(attended, [B, H * dh]), keys: newKeys, values: newValues };
}
