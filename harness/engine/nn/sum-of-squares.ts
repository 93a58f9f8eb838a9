import * as tf from '@tensorflow/tfjs';
import type { Tensor } from '../ops.js';
import { isTracing } from '../trace/active.js';
import { runFused } from './fused.js';

/** Sum of x^2 over all elements: []. Not differentiable on its own. */
export const sumOfSquares = (x: Tensor): Tensor =>
  isTracing() ? (runFused('TiltyardSumOfSquares', { x }) as Tensor) : tf.sum(tf.mul(x, x));
