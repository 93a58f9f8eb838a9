import * as tf from '@tensorflow/tfjs';
import type { Tensor } from '../ops.js';

/**
 * The gradients of the inputs, in their order, from that of the result and from what the forward pass saved.
 */
export type Grad = (dy: Tensor, saved: Tensor[]) => Tensor | Tensor[];
/** Keeps tensors of the forward pass for the gradient; eagerly, all others are gone by then. */
export type Save = (tensors: Tensor[]) => void;
type Body = (...args: [...Tensor[], Save]) => { value: Tensor; gradFunc: Grad };

/** A function of tensors with a gradient written by hand. */
export const customGrad = tf.customGrad as unknown as (body: Body) => (...xs: Tensor[]) => Tensor;

/** Runs a kernel that only the traced backend has (trace/kernels/fused.ts). */
export const runFused = (
  name: string,
  inputs: Record<string, Tensor>,
  attrs: Record<string, unknown> = {},
): Tensor | Tensor[] =>
  tf.engine().runKernel(name, inputs as never, attrs as never) as unknown as Tensor | Tensor[];
