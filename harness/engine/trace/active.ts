import * as tf from '@tensorflow/tfjs';

/**
 * The name of the TensorFlow.js backend that runs nothing: its kernels write graph nodes. No underscore: the
 * kernel registry splits names at it.
 */
export const TRACE_BACKEND = 'tiltyardtrace';

/** Whether TensorFlow.js writes a graph at present rather than computing numbers. */
export const isTracing = (): boolean => (tf.getBackend() as string | undefined) === TRACE_BACKEND;
