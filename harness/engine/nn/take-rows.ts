import * as tf from '@tensorflow/tfjs';
import type { Tensor } from '../ops.js';
import { customGrad, type Grad, type Save } from './fused.js';

/**
 * Rows of x [N, ...] at int32 indices [M]. A gradient is copied to where its row came from, where automatic
 * differentiation would add: `back` [N] says for each row of x its place among the M, and for a row that was
 * not taken a place whose gradient is 0.
 */
export function takeRows(x: Tensor, rows: Tensor, back: Tensor): Tensor {
  return customGrad((...args) => {
    const [x, save] = args as [Tensor, Save];
    save([back]);
    const gradFunc: Grad = (dy, saved) => tf.gather(dy, saved[0] as tf.Tensor1D);
    return { value: tf.gather(x, rows as tf.Tensor1D), gradFunc };
  })(x);
}
