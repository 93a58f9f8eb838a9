import type * as tf from '@tensorflow/tfjs';
import type { PublicTensor } from './public-tensor.js';

/**
 * A tensor of TensorFlow.js: eager numbers, or a node of a graph while tracing. In the declarations of the
 * package it is `PublicTensor`, which promises no more than is there.
 */
export type Tensor = tf.Tensor & PublicTensor;
