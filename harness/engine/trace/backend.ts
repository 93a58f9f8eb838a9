import * as tf from '@tensorflow/tfjs';
import { TiltyardError } from '../../errors.js';
import { TRACE_BACKEND } from './active.js';
import { type ElementType, Graph, type NodeOptions, type Value } from './graph.js';
import type { StandIns } from './varying.js';

/**
 * What a traced tensor is. `splat`: one number everywhere (TensorFlow.js writes full-size ones and zeros on
 * the host; they must not reach the graph). `expand`: a smaller value broadcast to the shape, kept small
 * until somebody needs it.
 */
export type Traced =
  | { readonly kind: 'value'; readonly value: Value }
  | { readonly kind: 'splat'; readonly splat: number }
  | { readonly kind: 'expand'; readonly base: Value };

/** As which type TensorFlow.js sees a value of the graph. */
const SEEN_AS = {
  float32: 'float32',
  bfloat16: 'float32',
  int32: 'int32',
  int64: 'int32',
  bool: 'bool',
} as const satisfies Record<ElementType, tf.DataType>;

/** TensorFlow.js's handle of a tensor: what kernels take and return. */
export type Info = tf.TensorInfo;

/**
 * TensorFlow.js's side of a trace: hands out tensors and remembers which value of the graph each of them is.
 */
export class TraceBackend extends tf.KernelBackend {
  graph = new Graph();
  private readonly data = new Map<tf.DataId, Traced>();

  begin(standIns?: StandIns): Graph {
    this.graph = new Graph(standIns);
    this.data.clear();
    return this.graph;
  }

  override write(values: tf.BackendValues | null, shape: number[], dtype: tf.DataType): tf.DataId {
    const dataId = {};
    const array =
      values === null
        ? new Float32Array(tf.util.sizeFromShape(shape))
        : (values as Float32Array | Int32Array | Uint8Array);
    let same = array.length > 0;
    for (let i = 1; same && i < array.length; i++) same = array[i] === array[0];
    if (same) this.data.set(dataId, { kind: 'splat', splat: array[0] as number });
    else {
      const typed =
        dtype === 'float32'
          ? Float32Array.from(array)
          : dtype === 'int32'
            ? Int32Array.from(array)
            : Uint8Array.from(array);
      this.data.set(dataId, { kind: 'value', value: this.graph.constant(typed, shape) });
    }
    return dataId;
  }

  override numDataIds(): number {
    return this.data.size;
  }
  override move(dataId: tf.DataId): void {
    this.data.set(dataId, { kind: 'splat', splat: 0 });
  }
  override readSync(): never {
    throw new TiltyardError(
      'trace-read',
      'engine: a value was read while tracing; a program body may not look at tensor values',
    );
  }
  override read(): never {
    return this.readSync();
  }
  // Names live until the trace ends: a disposed tensor may still be the input of a later node's gradient.
  override disposeData(): boolean {
    return true;
  }
  override incRef(): void {}
  override refCount(): number {
    return 1;
  }
  override memory(): { unreliable: boolean } {
    return { unreliable: true };
  }
  override floatPrecision(): 32 {
    return 32;
  }
  override epsilon(): number {
    return 1e-7;
  }

  /** A tensor for a value of the graph. */
  tensor(value: Value): Info {
    return this.put({ kind: 'value', value }, value.shape, value.type);
  }

  put(traced: Traced, shape: readonly number[], type: ElementType): Info {
    const dataId = {};
    this.data.set(dataId, traced);
    return { dataId, shape: [...shape], dtype: SEEN_AS[type] };
  }

  traced(info: Info): Traced {
    const traced = this.data.get(info.dataId);
    if (traced === undefined)
      throw new TiltyardError(
        'trace-foreign',
        'engine: a tensor made outside this trace was used in it; pass it as a feed or a variable',
      );
    return traced;
  }

  /** The tensor as a graph value of its full shape. */
  value(info: Info): Value {
    const traced = this.traced(info);
    switch (traced.kind) {
      case 'value':
        return traced.value;
      case 'splat': {
        const scalar = this.splatScalar(traced.splat, info.dtype);
        if (info.shape.length === 0) return scalar;
        return this.graph.node('Expand', [scalar, this.graph.ints(info.shape)], info.shape, scalar.type);
      }
      case 'expand':
        return this.graph.node(
          'Expand',
          [traced.base, this.graph.ints(info.shape)],
          info.shape,
          traced.base.type,
        );
      default:
        return traced satisfies never;
    }
  }

  /** The tensor as the smallest value that broadcasts to it. */
  broadcastable(info: Info): Value {
    const traced = this.traced(info);
    if (traced.kind === 'splat') return this.splatScalar(traced.splat, info.dtype);
    return traced.kind === 'expand' ? traced.base : traced.value;
  }

  splatScalar(splat: number, dtype: tf.DataType): Value {
    if (dtype === 'int32') return this.graph.constant(Int32Array.of(splat), []);
    if (dtype === 'bool') return this.graph.constant(Uint8Array.of(splat), []);
    return this.graph.scalar(splat);
  }

  /** Adds a node and wraps its one output. */
  emit(
    op: string,
    inputs: readonly (Value | null)[],
    shape: readonly number[],
    type: ElementType,
    options?: NodeOptions,
  ): Info {
    return this.tensor(this.graph.node(op, inputs, shape, type, options));
  }
}

let backend: TraceBackend | undefined;

/**
 * Runs `body` with TensorFlow.js tracing into a new graph. Synchronous; restores the previous backend.
 * @param standIns for sizes that vary
 */
export function trace<T>(body: (backend: TraceBackend) => T, standIns?: StandIns): T {
  if (backend === undefined) {
    const made = new TraceBackend();
    tf.registerBackend(TRACE_BACKEND, () => made, 0);
    backend = made;
  }
  const before = tf.getBackend() as string | undefined;
  tf.setBackend(TRACE_BACKEND);
  try {
    backend.begin(standIns);
    const tracing = backend;
    let result: T | undefined;
    tf.tidy(() => {
      result = body(tracing);
    });
    return result as T;
  } catch (error) {
    throw explained(error);
  } finally {
    if (before !== undefined) tf.setBackend(before);
  }
}

/** TensorFlow.js says "Kernel 'X' not registered for backend"; say what to do about it. */
function explained(error: unknown): unknown {
  const missing = /[Kk]ernel '?(\w+)'? not registered/.exec(error instanceof Error ? error.message : '');
  if (missing === null) return error;
  const name = missing[1]!;
  const problem = `engine: the traced engine does not know the TensorFlow.js kernel '${name}'`;
  const remedy = `add it in harness/engine/trace/kernels/ with kernel('${name}', ...)`;
  return new TiltyardError('unknown-kernel', `${problem}; ${remedy}, or run with --engine reference`, {
    cause: error,
  });
}
