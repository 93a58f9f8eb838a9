import * as tf from '@tensorflow/tfjs';
import { TRACE_BACKEND } from '../active.js';
import type { Info, TraceBackend } from '../backend.js';
import { ELEMENT_CODE, type ElementType, type Graph, type Value } from '../graph.js';

type Inputs = Record<string, Info>;
type Attrs = Record<string, unknown>;

/**
 * Registers a TensorFlow.js kernel as ONNX nodes. To add one, write `kernel('Name', (backend, inputs, attrs)
 * => backend.emit(...))` in the file of its kind; names and attributes are those of
 * @tensorflow/tfjs-core/dist/kernel_names. FLOPs: one per output element of an elementwise node, one per
 * input element of a reduction, 2 per multiply-add of a matrix product, 0 for data movement.
 */
export function kernel(
  name: string,
  run: (backend: TraceBackend, inputs: Inputs, attrs: Attrs) => Info | Info[],
): void {
  tf.registerKernel({
    kernelName: name,
    backendName: TRACE_BACKEND,
    kernelFunc: ({ inputs, attrs, backend }) =>
      run(backend as TraceBackend, inputs as unknown as Inputs, (attrs ?? {}) as Attrs),
  });
}

export const typeOf = (info: Info): ElementType => info.dtype as ElementType;

export const sameShape = (a: readonly number[], b: readonly number[]): boolean =>
  a.length === b.length && a.every((size, i) => size === b[i]);

/** The shape to which two shapes broadcast: aligned at the last axis, 1 stretches. */
export function broadcastShape(a: readonly number[], b: readonly number[]): number[] {
  const rank = Math.max(a.length, b.length);
  return Array.from({ length: rank }, (_, i) => {
    const x = a[i - rank + a.length] ?? 1;
    const y = b[i - rank + b.length] ?? 1;
    return x === 1 ? y : x;
  });
}

/** An axis from 0; TensorFlow.js counts negative ones from the end. */
export const axisOf = (axis: unknown, rank: number): number => {
  const at = axis as number;
  return at < 0 ? rank + at : at;
};

/** The same data under another shape. */
export function reshaped(backend: TraceBackend, x: Info, shape: readonly number[]): Info {
  if (sameShape(x.shape, shape)) return { ...x, shape: [...shape] };
  const traced = backend.traced(x);
  if (traced.kind === 'splat') return backend.put(traced, shape, typeOf(x));
  backend.graph.standIns.refuse(x.shape);
  return backend.emit('Reshape', [backend.value(x), backend.graph.ints(shape)], shape, typeOf(x));
}

/** Broadcast to a shape; written out only where somebody needs every element. */
export function expanded(backend: TraceBackend, x: Info, shape: readonly number[]): Info {
  if (sameShape(x.shape, shape)) return { ...x };
  const traced = backend.traced(x);
  if (traced.kind === 'splat') return backend.put(traced, shape, typeOf(x));
  return backend.put({ kind: 'expand', base: backend.broadcastable(x) }, shape, typeOf(x));
}

/** Axes in another order: axis i of the result is axis order[i] of x. */
export function transposed(backend: TraceBackend, x: Value, order: readonly number[]): Info {
  if (order.every((axis, i) => axis === i)) return backend.tensor(x);
  const shape = order.map((axis) => x.shape[axis]!);
  return backend.emit('Transpose', [x], shape, x.type, { attributes: { perm: order } });
}

/** The same numbers as another element type. */
export const cast = (graph: Graph, x: Value, type: ElementType): Value =>
  graph.node('Cast', [x], x.shape, type, { attributes: { to: ELEMENT_CODE[type] } });
