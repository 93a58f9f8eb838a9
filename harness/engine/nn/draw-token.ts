import * as tf from '@tensorflow/tfjs';
import { int, range, type Tensor } from '../ops.js';

/** Below 1 by more than float32 sums of some thousand terms are off. */
const ALMOST = 1 - 2 ** -20;

/** One token a row, and its probability: [N] each. */
export interface Drawn {
  readonly tokens: Tensor;
  readonly p: Tensor;
}

/**
 * Draws a token of each row's distribution by inverting its cumulative one: p [N, V], u [N] uniform in
 * [0, 1). The vocabulary is looked through in two strides, first for the block and then for the token in it,
 * so that no sum is over more than about sqrt(V) terms. A token of probability 0 is never drawn. Not
 * differentiable.
 */
export function drawTokens(p: Tensor, u: Tensor): Drawn {
  const [N, V] = p.shape as [number, number];
  const size = 2 ** Math.ceil(Math.log2(V) / 2);
  const blocks = Math.ceil(V / size);
  const rest = blocks * size - V;
  const whole = rest === 0 ? p : tf.concat([p, tf.zeros([N, rest])], 1);
  const sums = runningSums(tf.sum(tf.reshape(whole, [N, blocks, size]), 2)); // [N, blocks]
  const target = tf.mul(tf.minimum(tf.expandDims(u, 1), tf.scalar(ALMOST)), lastOf(sums)); // [N, 1]
  const passed = isReached(sums, target);
  const block = count(passed); // [N]
  const before = tf.max(tf.mul(sums, passed), 1, true); // [N, 1]

  const rows = tf.reshape(whole, [N * blocks, size]);
  const places = tf.add(tf.mul(range(N), int(blocks)), block);
  const within = tf.gather(rows, places as tf.Tensor1D); // [N, size]
  const inner = runningSums(within);
  const left = tf.minimum(tf.sub(target, before), tf.mul(lastOf(inner), tf.scalar(ALMOST)));
  const place = count(isReached(inner, left)); // [N]
  const at = tf.add(tf.mul(range(N), int(size)), place);
  return {
    tokens: tf.add(tf.mul(block, int(size)), place),
    p: tf.gather(tf.reshape(within, [N * size]), at as tf.Tensor1D),
  };
}

/** x [N, n] summed up to and with each place. */
function runningSums(x: Tensor): Tensor {
  const n = x.shape[1]!;
  const upTo = Float32Array.from({ length: n * n }, (_, i) => (i % n <= Math.floor(i / n) ? 1 : 0));
  return tf.sum(tf.mul(tf.expandDims(x, 1), tf.tensor2d(upTo, [n, n])), 2);
}

const lastOf = (x: Tensor): Tensor => tf.slice(x, [0, x.shape[1]! - 1], [x.shape[0]!, 1]);

/** 1 where a sum does not exceed the target. */
const isReached = (sums: Tensor, target: Tensor): Tensor => tf.cast(tf.greaterEqual(target, sums), 'float32');

const count = (ones: Tensor): Tensor => tf.cast(tf.sum(ones, 1), 'int32');
