import * as tf from '@tensorflow/tfjs';
import { isTracing } from './trace/backend.js';
import type { Tensor } from './ops.js';

/**
 * The transformer's hot operations with their gradients fused by hand. Automatic gradients of the same formulas take
 * about twice the nodes and twice the time, which elementwise traffic over [tokens, 4D] arrays then dominates.
 * Every function is checked against automatic differentiation of the plain formula (test/harness/engine/nn.test.ts).
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
/**
 * Everything inside is R times GELU's argument, R a power of two, so that R costs no rounding and is multiplied in by the
 * matrix products on both sides. It makes the polynomial of x^2 one clipped line of (R x)^2 that stays below 1 until
 * |x| = 14 (its derivative's until 8), where the sigmoid is 0 or 1 to the last bit.
 */
const R = 16;
/**
 * Linear, GELU, linear: x [N, D], [D, F], [F], [F, D], [D] -> [N, D]. GELU in its tanh form (`gelu_new`; Hendrycks &
 * Gimpel 2016, arXiv:1606.08415), written as x sigma(2u), u = c (x + a x^3).
 */
export function feedForward(x: Tensor, inner: Tensor, innerBias: Tensor, outer: Tensor, outerBias: Tensor): Tensor {
  return customGrad((...args) => {
    const [x, inner, innerBias, outer, outerBias, save] = args as [Tensor, Tensor, Tensor, Tensor, Tensor, (t: Tensor[]) => void];
    const h = tf.add(tf.mul(tf.matMul(x, inner), tf.scalar(R)), tf.mul(innerBias, tf.scalar(R))); //    [N, F], R times GELU's argument
    const h2 = tf.mul(h, h);
    const s = tf.sigmoid(tf.mul(h, clippedLine(h2, (2 * C * A) / R ** 3, (2 * C) / R)));
    const y = tf.mul(h, s);
    save([x, inner, outer, h2, s, y]);
    const gradFunc: Grad = (dy, saved) => {
      const [x, inner, outer, h2, s, y] = saved as [Tensor, Tensor, Tensor, Tensor, Tensor, Tensor];
      // d/dh [h s] = s + h s (1 - s) 2u' = s + (y - y s) 2u'
      const slope = clippedLine(h2, (6 * C * A) / R ** 3, (2 * C) / R);
      const dh = tf.mul(tf.matMul(dy, outer, false, true), tf.add(s, tf.mul(tf.sub(y, tf.mul(y, s)), slope)));
      // dy stands for d(h s) / R and dh for d(h) / R: R cancels but for the matrix behind y.
      return [tf.matMul(dh, inner, false, true), tf.matMul(x, dh, true, false), tf.sum(dh, 0), tf.mul(tf.matMul(y, dy, true, false), tf.scalar(1 / R)), tf.sum(dy, 0)];
    };
    return { value: tf.add(tf.mul(tf.matMul(y, outer), tf.scalar(1 / R)), outerBias), gradFunc };
  })(x, inner, innerBias, outer, outerBias);
}

/** min(1, max(0, a x + b)). */
const clippedLine = (x: Tensor, a: number, b: number): Tensor =>
  isTracing() ? (fused('TiltyardClippedLine', { x }, { a, b }) as Tensor) : tf.clipByValue(tf.add(tf.mul(x, tf.scalar(a)), tf.scalar(b)), 0, 1);

/**
 * Causal multi-head self-attention on packed projections: qkv [B*T, 3D] -> [B*T, D] (Vaswani et al. 2017, arXiv:1706.03762, eq. 1).
 * Right padding needs no mask: no real token looks at it.
 */
export function causalAttention(qkv: Tensor, batch: number, time: number, heads: number): Tensor {
  const width = qkv.shape[1]! / 3;
  const size = width / heads;
  const byHead = (x: Tensor): Tensor => tf.transpose(tf.reshape(x, [batch, time, heads, size]), [0, 2, 1, 3]); //         [B, H, T, dh]
  const byRow = (x: Tensor): Tensor => tf.reshape(tf.transpose(x, [0, 2, 1, 3]), [batch * time, width]);
  return customGrad((...args) => {
    const [qkv, save] = args as [Tensor, (t: Tensor[]) => void];
    const [q, k, v] = tf.split(qkv, 3, 1).map(byHead) as [Tensor, Tensor, Tensor];
    const p = tf.softmax(tf.add(scaledScores(q, k), causalMask(time))); //    [B, H, T, T]
    const out = tf.matMul(p, v); //                                           [B, H, T, dh]
    save([q, k, v, p, out]);
    const gradFunc: Grad = (dy, saved) => {
      const [q, k, v, p, out] = saved as [Tensor, Tensor, Tensor, Tensor, Tensor];
      const dOut = byHead(dy);
      const { dq, dk, dv } = attentionGradients({ q, k, v, p }, dOut, rowSums(out, dOut));
      return tf.concat([dq, dk, dv].map(byRow), 1);
    };
    return { value: byRow(out), gradFunc };
  })(qkv);
}

/** R completions of each of G prompts: P prompt tokens (padded), then C tokens a completion. */
export interface SharedShape {
  readonly prompts: number;
  readonly promptTokens: number;
  readonly completions: number;
  readonly completionTokens: number;
}

/**
 * Causal attention where R completions share one prompt, which is computed once: qkv [G*P + R*G*C, 3D], prompt rows (g, t)
 * first, then completion rows (r, g, c) -> [the same rows, D], or [R*G*C, D] where `completionsOnly`. Completions look at
 * their prompt and at themselves, never at each other (prefix sharing; Wang & Hegde 2024, arXiv:2410.20305).
 * @param mask additive [G, P]: 0 on prompt tokens, -1e9 on their padding
 */
export function sharedPromptAttention(qkv: Tensor, mask: Tensor, shape: SharedShape, heads: number, completionsOnly: boolean): Tensor {
  const { prompts: G, promptTokens: P, completions: R, completionTokens: C } = shape;
  const width = qkv.shape[1]! / 3;
  const size = width / heads;
  const above = G * P;
  const rows = R * G * C;
  const part = (x: Tensor, from: number, n: number, j: number): Tensor => tf.slice(x, [from, j * width], [n, width]);
  /** Rows [n * T, D] by head, and back; a prompt's arrays broadcast over its completions. */
  const byHead = (x: Tensor, repeats: number, T: number): Tensor =>
    tf.reshape(tf.transpose(tf.reshape(x, [repeats * G, T, heads, size]), [0, 2, 1, 3]), [repeats, G * heads, T, size]);
  const byRow = (x: Tensor): Tensor => {
    const [repeats, , T] = x.shape as [number, number, number];
    return tf.reshape(tf.transpose(tf.reshape(x, [repeats * G, heads, T, size]), [0, 2, 1, 3]), [repeats * G * T, width]);
  };

  return customGrad((...args) => {
    const [qkv, mask, save] = args as [Tensor, Tensor, (t: Tensor[]) => void];
    const [q, k, v] = [0, 1, 2].map((j) => byHead(part(qkv, above, rows, j), R, C)) as [Tensor, Tensor, Tensor]; //    [R, G*H, C, dh]
    const [pk, pv] = [1, 2].map((j) => byHead(part(qkv, 0, above, j), 1, P)) as [Tensor, Tensor]; //                   [1, G*H, P, dh]
    const toPrompt = tf.add(tf.reshape(scaledScores(q, pk), [R, G, heads * C, P]), tf.reshape(mask, [1, G, 1, P]));
    const toSelf = tf.add(scaledScores(q, k), causalMask(C));
    const [pp, ps] = tf.split(tf.softmax(tf.concat([tf.reshape(toPrompt, [R, G * heads, C, P]), toSelf], 3)), [P, C], 3) as [Tensor, Tensor];
    const out = tf.add(tf.matMul(pp, pv), tf.matMul(ps, v));
    const saved = [q, k, v, pk, pv, pp, ps, out];
    let value = byRow(out);
    if (!completionsOnly) {
      const pq = byHead(part(qkv, 0, above, 0), 1, P);
      const p = tf.softmax(tf.add(scaledScores(pq, pk), causalMask(P)));
      const prompt = tf.matMul(p, pv);
      saved.push(pq, p, prompt);
      value = tf.concat([byRow(prompt), value], 0);
    }
    save(saved);
    const gradFunc: Grad = (dy, saved) => {
      const [q, k, v, pk, pv, pp, ps, out, pq, p, prompt] = saved as Tensor[] as [Tensor, Tensor, Tensor, Tensor, Tensor, Tensor, Tensor, Tensor, Tensor?, Tensor?, Tensor?];
      const dOut = byHead(completionsOnly ? dy : tf.slice(dy, [above, 0], [rows, width]), R, C);
      const sums = rowSums(out, dOut);
      const self = attentionGradients({ q, k, v, p: ps }, dOut, sums);
      const over = attentionGradients({ q, k: pk, v: pv, p: pp }, dOut, sums);
      const [dpk, dpv] = [tf.sum(over.dk, 0, true), tf.sum(over.dv, 0, true)];
      let ofPrompt = [tf.zeros([above, width]), byRow(dpk), byRow(dpv)];
      if (pq !== undefined && p !== undefined && prompt !== undefined) {
        const dPrompt = byHead(tf.slice(dy, [0, 0], [above, width]), 1, P);
        const own = attentionGradients({ q: pq, k: pk, v: pv, p }, dPrompt, rowSums(prompt, dPrompt));
        ofPrompt = [own.dq, tf.add(own.dk, dpk), tf.add(own.dv, dpv)].map(byRow);
      }
      const ofCompletions = [tf.add(self.dq, over.dq), self.dk, self.dv].map(byRow);
      return [tf.concat([tf.concat(ofPrompt, 1), tf.concat(ofCompletions, 1)], 0), tf.zeros([G, P])];
    };
    return { value, gradFunc };
  })(qkv, mask);
}

const scaleOf = (q: Tensor): Tensor => tf.scalar(1 / Math.sqrt(q.shape.at(-1)!));
/** q k^T / sqrt(dh): [..., T, dh] x [..., S, dh] -> [..., T, S]. */
const scaledScores = (q: Tensor, k: Tensor): Tensor => tf.mul(tf.matMul(q, k, false, true), scaleOf(q));
/** Row sums of p dp equal row sums of out dOut, which are the smaller arrays. */
const rowSums = (out: Tensor, dOut: Tensor): Tensor => tf.sum(tf.mul(out, dOut), -1, true);
/** Gradients of out = p v, p = softmax of scores that hold q k^T / sqrt(dh) among others; `sums` are those of the whole row. */
function attentionGradients({ q, k, v, p }: Record<'q' | 'k' | 'v' | 'p', Tensor>, dOut: Tensor, sums: Tensor): Record<'dq' | 'dk' | 'dv', Tensor> {
  const ds = tf.mul(p, tf.sub(tf.matMul(dOut, v, false, true), sums));
  return {
    dq: tf.mul(tf.matMul(ds, k), scaleOf(q)),
    dk: tf.mul(tf.matMul(ds, q, true, false), scaleOf(q)),
    dv: tf.matMul(p, dOut, true, false),
  };
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
