import * as tf from '@tensorflow/tfjs';
import { describe, expect, test } from 'vitest';
import * as nn from '../../../../harness/engine/nn/index.js';
import type { Tensor } from '../../../../harness/engine/ops.js';
import type { HostTensor } from '../../../../harness/index.js';
import { farthest, int32, normal, reference, valueAndGradients } from '../support.js';

/** The textbook formulas, differentiated by TensorFlow.js. */
const plain = {
  layerNorm(x: Tensor, scale: Tensor, offset: Tensor): Tensor {
    const { mean, variance } = tf.moments(x, -1, true);
    return tf.add(tf.mul(tf.div(tf.sub(x, mean), tf.sqrt(tf.add(variance, 1e-5))), scale), offset);
  },
  gelu: (x: Tensor): Tensor =>
    tf.mul(
      tf.mul(x, 0.5),
      tf.add(
        tf.tanh(tf.mul(tf.add(x, tf.mul(tf.pow(x, tf.scalar(3)), 0.044715)), Math.sqrt(2 / Math.PI))),
        1,
      ),
    ),
  feedForward: (x: Tensor, w: Tensor, b: Tensor, w2: Tensor, b2: Tensor): Tensor =>
    tf.add(tf.matMul(plain.gelu(tf.add(tf.matMul(x, w), b)), w2), b2),
  attention(qkv: Tensor, B: number, T: number, H: number, window = T, cap = 0): Tensor {
    const D = qkv.shape[1]! / 3;
    const [q, k, v] = tf
      .split(qkv, 3, 1)
      .map((x) => tf.transpose(tf.reshape(x, [B, T, H, D / H]), [0, 2, 1, 3])) as [Tensor, Tensor, Tensor];
    const above = tf.tensor2d(
      Array.from({ length: T }, (_, i) =>
        Array.from({ length: T }, (_, j) => (j > i || i - j >= window ? -1e9 : 0)),
      ),
    );
    const scores = tf.div(tf.matMul(q, k, false, true), Math.sqrt(D / H));
    const capped = cap === 0 ? scores : tf.mul(tf.tanh(tf.div(scores, cap)), cap);
    const p = tf.softmax(tf.add(capped, above));
    return tf.reshape(tf.transpose(tf.matMul(p, v), [0, 2, 1, 3]), [B * T, D]);
  },
  logProbOf: (x: Tensor, i: Tensor): Tensor =>
    tf.sum(tf.mul(tf.logSoftmax(x as tf.Tensor2D), tf.oneHot(i as tf.Tensor1D, x.shape[1]!)), 1),
  entropy(x: Tensor): Tensor {
    const logp = tf.logSoftmax(x as tf.Tensor2D);
    return tf.neg(tf.sum(tf.mul(tf.exp(logp), logp), 1));
  },
};

const x = normal('x', [6, 12]);
const cases: [string, (...xs: Tensor[]) => Tensor, (...xs: Tensor[]) => Tensor, HostTensor[]][] = [
  [
    'layerNorm',
    (a, b, c) => nn.layerNorm(a!, b!, c!, 1e-5),
    (a, b, c) => plain.layerNorm(a!, b!, c!),
    [x, normal('s', [12]), normal('o', [12])],
  ],
  [
    'feedForward',
    (...xs) => nn.feedForward(...(xs as [Tensor, Tensor, Tensor, Tensor, Tensor])),
    (...xs) => plain.feedForward(...(xs as [Tensor, Tensor, Tensor, Tensor, Tensor])),
    [x, normal('w1', [12, 48]), normal('b1', [48]), normal('w2', [48, 12]), normal('b2', [12])],
  ],
  ['causalAttention', (a) => nn.causalAttention(a!, 2, 3, 2), (a) => plain.attention(a!, 2, 3, 2), [x]],
  [
    'causalAttention, a window and a cap',
    (a) => nn.causalAttention(a!, 2, 3, 2, { window: 2, softcap: 0.7 }),
    (a) => plain.attention(a!, 2, 3, 2, 2, 0.7),
    [x],
  ],
  [
    'logProbOf',
    (a, i) => nn.logProbOf(a!, i!),
    (a, i) => plain.logProbOf(a!, i!),
    [x, int32(0, 11, 3, 3, 5, 7)],
  ],
  ['entropyOf', (a) => nn.entropyOf(a!), (a) => plain.entropy(a!), [x]],
];

describe('hand-written gradients equal automatic ones', () => {
  test.each(cases)('%s', async (_, fused, formula, inputs) => {
    const [got, want] = [
      await valueAndGradients(reference(), fused, inputs),
      await valueAndGradients(reference(), formula, inputs),
    ];
    for (const [name, value] of Object.entries(want))
      expect(farthest(got[name]!, value), name).toBeLessThan(1e-5);
  });
  test('klOf: two Bernoullis by hand', async () => {
    const logits = (p: number): HostTensor => ({
      shape: [1, 2],
      data: Float32Array.of(Math.log(p), Math.log(1 - p)),
    });
    const { value } = await valueAndGradients(
      reference(),
      (a, b) => nn.klOf(a!, b!),
      [logits(0.8), logits(0.5)],
      false,
    );
    expect(value!.data[0]).toBeCloseTo(0.8 * Math.log(1.6) + 0.2 * Math.log(0.4), 6);
  });
});
