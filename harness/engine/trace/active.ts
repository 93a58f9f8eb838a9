import * as tf from '@tensorflow/tfjs';
import type { Precision } from '../engine.js';

/**
 * The name of the TensorFlow.js backend that runs nothing: its kernels write graph nodes. No underscore: the
 * kernel registry splits names at it.
 */
export const TRACE_BACKEND = 'tiltyardtrace';

/** Whether TensorFlow.js writes a graph at present rather than computing numbers. */
export const isTracing = (): boolean => (tf.getBackend() as string | undefined) === TRACE_BACKEND;

/** What a graph is written for. */
export interface Target {
  readonly device: string;
  /** What the operands of products are rounded to. Default: float32, so nothing. */
  readonly precision?: Precision;
}

let target: Target = { device: 'cpu' };

/** Runs `body`, whose graphs are meant for a target. */
export function tracingFor<T>(wanted: Target, body: () => T): T {
  const before = target;
  target = wanted;
  try {
    return body();
  } finally {
    target = before;
  }
}

/** Whether operands of products are rounded to bfloat16 in the graph that is being written. */
export const roundsProducts = (): boolean => target.precision === 'bfloat16';

/** Whether a graph is written for WebGPU, which has no slices and splits of int32. */
export const isTracingForWebGpu = (): boolean => isTracing() && target.device === 'webgpu';

/** Whether a graph is written for the CPU, where onnxruntime has operators that others lack or get wrong. */
export const isTracingForCpu = (): boolean => isTracing() && target.device === 'cpu';
