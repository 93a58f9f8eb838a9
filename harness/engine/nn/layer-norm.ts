import * as tf from '@tensorflow/tfjs';
import type { Tensor } from '../ops.js';
import { isTracing } from '../trace/active.js';
import { customGrad, type Grad, runFused, type Save } from './fused.js';

/**
 * Layer normalisation over the last axis (Ba et al. 2016, arXiv:1607.06450): x [N, D], scale [D], offset [D]
 * -> [N, D].
 */
export function layerNorm(x: Tensor, scale: Tensor, offset: Tensor, epsilon: number): Tensor {
  return customGrad((...args) => {
    const [x, scale, offset, save] = args as [Tensor, Tensor, Tensor, Save];
    const [y, mean, inverse] = isTracing()
      ? (runFused('TiltyardLayerNorm', { x, scale, offset }, { epsilon }) as [Tensor, Tensor, Tensor])
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

/** The result, the means and the inverse standard deviations, [N, 1] each. */
function plainLayerNorm(x: Tensor, scale: Tensor, offset: Tensor, epsilon: number): [Tensor, Tensor, Tensor] {
  const mean = tf.mean(x, -1, true);
  const centred = tf.sub(x, mean);
  const inverse = tf.rsqrt(tf.add(tf.mean(tf.mul(centred, centred), -1, true), tf.scalar(epsilon)));
  return [tf.add(tf.mul(tf.mul(centred, inverse), scale), offset), mean, inverse];
}
