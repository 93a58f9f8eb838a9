import * as tf from '@tensorflow/tfjs';
import type { Tensor } from '../ops.js';
import { isTracing } from '../trace/active.js';
import { runFused } from './fused.js';

/** x [N, V] at (i, indices[i]): [N]. Not differentiable on its own. */
export function takeAlong(x: Tensor, indices: Tensor): Tensor {
  if (isTracing()) return runFused('TiltyardTakeAlong', { x, indices }) as Tensor;
  return tf.sum(tf.mul(x, tf.oneHot(indices as tf.Tensor1D, x.shape[1]!)), 1);
}

/** x [N, V] plus updates [N] at (i, indices[i]). Not differentiable on its own. */
export function addAlong(x: Tensor, indices: Tensor, updates: Tensor): Tensor {
  if (isTracing()) return runFused('TiltyardAddAlong', { x, indices, updates }) as Tensor;
  return tf.add(x, tf.mul(tf.oneHot(indices as tf.Tensor1D, x.shape[1]!), tf.expandDims(updates, 1)));
}
