/** A host array with its shape, row-major. */
export interface HostTensor {
  readonly shape: readonly number[];
  readonly data: Float32Array | Int32Array;
  /**
   * By axis the name of a size that varies from run to run, null for one that does not: a program is traced
   * once for all of them. Default: none varies.
   */
  readonly varies?: readonly (string | null)[];
}

/** An array of one dimension. */
export const vector = (data: HostTensor['data']): HostTensor => ({ shape: [data.length], data });

/** Number of elements of an array of this shape; 1 for a scalar, whose shape is []. */
export const sizeOf = (shape: readonly number[]): number => shape.reduce((a, b) => a * b, 1);

/**
 * The element type of a host array, under the name that TensorFlow.js, the traced graph and onnxruntime
 * share.
 */
export const elementTypeOf = (data: HostTensor['data']): 'float32' | 'int32' =>
  data instanceof Float32Array ? 'float32' : 'int32';
