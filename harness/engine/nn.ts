import * as tf from '@tensorflow/tfjs';
import { isTracing } from './onnx/trace.js';
import type { Tensor } from './ops.js';

/**
 * The transformer's hot operations with their gradients fused by hand. Automatic gradients of the same formulas take
 * about twice the nodes and twice the time, which elementwise traffic over [tokens, 4D] arrays then dominates.
 * Every function is checked against automatic differentiation of the plain formula (test/engine/nn.test.ts).
 */
type Grad = (dy: Tensor, saved: Tensor[]) => Tensor | Tensor[];
type CustomGradBody = (...args: [...Tensor[], (tensors: Tensor[]) => void]) => { value: Tensor; gradFunc: Grad };
const customGrad = tf.customGrad as unknown as (body: CustomGradBody) => (...xs: Tensor[]) => Tensor;
const fused = (name: string, inputs: Record<string, Tensor>, attrs: Record<string, unknown> = {}): Tensor | Tensor[] =>
  tf.engine().runKernel(name, inputs as never, attrs as never) as unknown as Tensor | Tensor[];

/** Layer normalisation over the last axis (Ba et al. 2016, arXiv:1607.06450): x [N, D], scale [D], offset [D] -> [N, D]. */
export function layerNorm(x: Tensor, scale: Tensor, offset: Tensor, epsilon: number): Tensor {
  return customGrad((...args) => {
    const [x, scale, offset, save] = args as [Tensor, Tensor, Tensor, (t: Tensor[]) => void];
    const [y, mean, inverse] = isTracing()
      ? (fused('TiltyardLayerNorm', { x, scale, offset }, { epsilon }) as [Tensor, Tensor, Tensor])
      : plainLayerNorm(x, scale, offset, epsilon);
    save([x, scale, mean, inverse]);
    const gradFunc: Grad = (dy, saved) => {
      const [x, scale, mean, inverse] = saved as [Tensor, Tensor, Tensor, Tensor];
      const normed = tf.mul(tf.sub(x, mean), inverse); //            [N, D]
      const g = tf.mul(dy, scale); //                                [N, D]
      const inner = tf.mean(tf.mul(g, normed), -1, true); //         [N, 1]
      const dx = tf.mul(tf.sub(tf.sub(g, tf.mean(g, -1, true)), tf.mul(normed, inner)), inverse);
      return [dx, tf.sum(tf.mul(dy, normed), 0), tf.sum(dy, 0)];
    };
    return { value: y, gradFunc };
  })(x, scale, offset);
}

function plainLayerNorm(x: Tensor, scale: Tensor, offset: Tensor, epsilon: number): [Tensor, Tensor, Tensor] {
  const mean = tf.mean(x, -1, true);
  const centred = tf.sub(x, mean);
  const inverse = tf.rsqrt(tf.add(tf.mean(tf.mul(centred, centred), -1, true), tf.scalar(epsilon)));
  return [tf.add(tf.mul(tf.mul(centred, inverse), scale), offset), mean, inverse];
}

const C = Math.sqrt(2 / Math.PI);
const A = 0.044715;
/** GELU, tanh form (`gelu_new`; Hendrycks & Gimpel 2016, arXiv:1606.08415), written as x sigma(2u), u = c (x + a x^3). */
export function gelu(x: Tensor): Tensor {
  return customGrad((...args) => {
    const [x, save] = args as [Tensor, (t: Tensor[]) => void];
    const x2 = tf.mul(x, x);
    const s = tf.sigmoid(tf.mul(x, tf.add(tf.mul(x2, tf.scalar(2 * C * A)), tf.scalar(2 * C))));
    const y = tf.mul(x, s);
    save([x2, s, y]);
    const gradFunc: Grad = (dy, saved) => {
      const [x2, s, y] = saved as [Tensor, Tensor, Tensor];
      // d/dx [x s] = s + x s (1 - s) 2u' = s + (y - y s) 2u'
      const slope = tf.add(tf.mul(x2, tf.scalar(6 * C * A)), tf.scalar(2 * C));
      return tf.mul(dy, tf.add(s, tf.mul(tf.sub(y, tf.mul(y, s)), slope)));
    };
    return { value: y, gradFunc };
  })(x);
}

/**
 * Causal multi-head self-attention on packed projections: qkv [B*T, 3D] -> [B*T, D] (Vaswani et al. 2017, arXiv:1706.03762, eq. 1).
 * Right padding needs no mask: no real token looks at it.
 */
export function causalAttention(qkv: Tensor, batch: number, time: number, heads: number): Tensor {
  const width = qkv.shape[1]! / 3;
  const size = width / heads;
  const scale = 1 / Math.sqrt(size);
  return customGrad((...args) => {
    const [qkv, save] = args as [Tensor, (t: Tensor[]) => void];
    const byHead = (x: Tensor): Tensor => tf.transpose(tf.reshape(x, [batch, time, heads, size]), [0, 2, 1, 3]); // [B, H, T, dh]
    const [q, k, v] = tf.split(qkv, 3, 1).map(byHead) as [Tensor, Tensor, Tensor];
    const scores = tf.add(tf.mul(tf.matMul(q, k, false, true), tf.scalar(scale)), causalMask(time)); //         [B, H, T, T]
    const p = tf.softmax(scores);
    const out = tf.matMul(p, v); //                                                                   [B, H, T, dh]
    save([q, k, v, p, out]);
    const gradFunc: Grad = (dy, saved) => {
      const [q, k, v, p, out] = saved as [Tensor, Tensor, Tensor, Tensor, Tensor];
      const dOut = tf.transpose(tf.reshape(dy, [batch, time, heads, size]), [0, 2, 1, 3]);
      const dv = tf.matMul(p, dOut, true, false);
      const dp = tf.matMul(dOut, v, false, true);
      // Row sums of p dp equal row sums of out dOut, which is the smaller array.
      const ds = tf.mul(p, tf.sub(dp, tf.sum(tf.mul(out, dOut), -1, true)));
      const dq = tf.mul(tf.matMul(ds, k), tf.scalar(scale));
      const dk = tf.mul(tf.matMul(ds, q, true, false), tf.scalar(scale));
      return tf.concat([dq, dk, dv].map((x) => tf.reshape(tf.transpose(x, [0, 2, 1, 3]), [batch * time, width])), 1);
    };
    return { value: tf.reshape(tf.transpose(out, [0, 2, 1, 3]), [batch * time, width]), gradFunc };
  })(qkv);
}

/** Additive [T, T]: 0 on and below the diagonal, -1e9 above. */
function causalMask(time: number): Tensor {
  const mask = new Float32Array(time * time);
  for (let i = 0; i < time; i++) mask.fill(-1e9, i * time + i + 1, (i + 1) * time);
  return tf.tensor2d(mask, [time, time]);
}

/** log softmax(logits)[target]: logits [N, V], targets int32 [N] -> [N]. */
export function logProbOf(logits: Tensor, targets: Tensor): Tensor {
  return customGrad((...args) => {
    const [logits, save] = args as [Tensor, (t: Tensor[]) => void];
    const { p, lse } = softmaxAndLse(logits);
    save([p, targets]); // eagerly, tensors made in the forward scope are gone by now unless saved
    const gradFunc: Grad = (dy, saved) => {
      const [p, targets] = saved as [Tensor, Tensor];
      return addAlong(tf.mul(p, tf.neg(tf.expandDims(dy, 1))), targets, dy); // (onehot - p) dy
    };
    return { value: tf.sub(takeAlong(logits, targets), lse), gradFunc };
  })(logits);
}

/** Entropy of softmax(logits) in nats: [N, V] -> [N]. */
export function entropyOf(logits: Tensor): Tensor {
  return customGrad((...args) => {
    const [logits, save] = args as [Tensor, (t: Tensor[]) => void];
    const { p, lse } = softmaxAndLse(logits);
    const logp = tf.sub(logits, tf.expandDims(lse, 1));
    const entropy = tf.neg(tf.sum(tf.mul(p, logp), 1));
    save([p, logp, entropy]);
    const gradFunc: Grad = (dy, saved) => {
      const [p, logp, entropy] = saved as [Tensor, Tensor, Tensor];
      return tf.mul(tf.mul(p, tf.add(logp, tf.expandDims(entropy, 1))), tf.neg(tf.expandDims(dy, 1)));
    };
    return { value: entropy, gradFunc };
  })(logits);
}

/** KL(softmax(a) || softmax(b)) row by row, nats: [N, V] x [N, V] -> [N]. Forward only. */
export function klOf(a: Tensor, b: Tensor): Tensor {
  const first = softmaxAndLse(a);
  const second = softmaxAndLse(b);
  const difference = tf.sub(tf.sub(a, tf.expandDims(first.lse, 1)), tf.sub(b, tf.expandDims(second.lse, 1)));
  return tf.sum(tf.mul(first.p, difference), 1);
}

/** Softmax, and log-sum-exp recovered from it: at the largest logit p = exp(max - lse), and p >= 1/V there. */
function softmaxAndLse(logits: Tensor): { p: Tensor; lse: Tensor } {
  const p = tf.softmax(logits);
  return { p, lse: tf.sub(tf.max(logits, 1), tf.log(tf.max(p, 1))) };
}

/** x [N, V] at (i, indices[i]): [N]. Not differentiable on its own. */
export function takeAlong(x: Tensor, indices: Tensor): Tensor {
  if (isTracing()) return fused('TiltyardTakeAlong', { x, indices }) as Tensor;
  return tf.sum(tf.mul(x, tf.oneHot(indices as tf.Tensor1D, x.shape[1]!)), 1);
}

function addAlong(x: Tensor, indices: Tensor, updates: Tensor): Tensor {
  if (isTracing()) return fused('TiltyardAddAlong', { x, indices, updates }) as Tensor;
  return tf.add(x, tf.mul(tf.oneHot(indices as tf.Tensor1D, x.shape[1]!), tf.expandDims(updates, 1)));
}

/** Sum of x^2 over all elements: []. Not differentiable on its own. */
export const sumOfSquares = (x: Tensor): Tensor => (isTracing() ? (fused('TiltyardSumOfSquares', { x }) as Tensor) : tf.sum(tf.mul(x, x)));

/** cache [B, S, D] with row (b, slots[b]) replaced by rows[b]: the write of one decoding step. Not differentiable. */
export function writeSlots(cache: Tensor, slots: Tensor, rows: Tensor): Tensor {
  if (isTracing()) return fused('TiltyardWriteSlots', { cache, slots, rows }) as Tensor;
  const hit = tf.expandDims(tf.oneHot(slots as tf.Tensor1D, cache.shape[1]!), 2); // [B, S, 1]
  return tf.add(tf.mul(cache, tf.sub(tf.scalar(1), hit)), tf.mul(hit, tf.expandDims(rows, 1)));
}
