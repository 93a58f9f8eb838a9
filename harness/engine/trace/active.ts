import * as tf from '@tensorflow/tfjs';

/**
 * The name of the TensorFlow.js backend that runs nothing: its kernels write graph nodes. No underscore: the
 * kernel registry splits names at it.
 */
export const TRACE_BACKEND = 'tiltyardtrace';

/** Whether TensorFlow.js writes a graph at present rather than computing numbers. */
export const isTracing = (): boolean => (tf.getBackend() as string | undefined) === TRACE_BACKEND;

let device = 'cpu';

/** Runs `body`, whose graphs are meant for a device. */
export function tracingFor<T>(name: string, body: () => T): T {
  const before = device;
  device = name;
  try {
    return body();
  } finally {
    device = before;
  }
}

/** Whether a graph is written for the CPU, where onnxruntime has operators that others lack or get wrong. */
export const isTracingForCpu = (): boolean => isTracing() && device === 'cpu';
