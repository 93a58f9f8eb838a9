import * as tf from '@tensorflow/tfjs';
import type { Tensor } from '../ops.js';
import { customGrad, type Grad, type Save } from './fused.js';
import { addAlong, takeAlong } from './indexing.js';

/** log softmax(logits)[target]: logits [N, V], targets int32 [N] -> [N]. */
export function logProbOf(logits: Tensor, targets: Tensor): Tensor {
  return customGrad((...args) => {
    const [logits, save] = args as [Tensor, Save];
    const { p, lse } = softmaxAndLse(logits);
    save([p, targets]);
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
    const [logits, save] = args as [Tensor, Save];
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
  const logpOfFirst = tf.sub(a, tf.expandDims(first.lse, 1));
  const logpOfSecond = tf.sub(b, tf.expandDims(second.lse, 1));
  return tf.sum(tf.mul(first.p, tf.sub(logpOfFirst, logpOfSecond)), 1);
}

/**
 * Softmax, and log-sum-exp recovered from it: at the largest logit p = exp(max - lse), and p >= 1/V there.
 */
function softmaxAndLse(logits: Tensor): { p: Tensor; lse: Tensor } {
  const p = tf.softmax(logits);
  return { p, lse: tf.sub(tf.max(logits, 1), tf.log(tf.max(p, 1))) };
}
