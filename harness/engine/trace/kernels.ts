import * as tf from '@tensorflow/tfjs';
import { sizeOf } from '../tensor.js';
import type { AttributeValue, Value } from './graph.js';
import type { ElementType } from '../onnx/proto.js';
import { TRACE_BACKEND } from './active.js';
import type { Info, TraceBackend, Traced } from './backend.js';

/**
 * TensorFlow.js kernels as ONNX nodes. To add one: `kernel('Name', (backend, inputs, attrs) => backend.emit(...))`;
 * the names and attributes are those of @tensorflow/tfjs-core/dist/kernel_names. FLOPs: one per output element of an
 * elementwise node, one per input element of a reduction, 2 per multiply-add of a matrix product, 0 for data movement.
 */
type Inputs = Record<string, Info>;
type Attrs = Record<string, unknown>;

function kernel(name: string, run: (backend: TraceBackend, inputs: Inputs, attrs: Attrs) => Info | Info[]): void {
  tf.registerKernel({
    kernelName: name,
    backendName: TRACE_BACKEND,
    kernelFunc: ({ inputs, attrs, backend }) => run(backend as TraceBackend, inputs as unknown as Inputs, (attrs ?? {}) as Attrs),
  });
}

const typeOf = (info: Info): ElementType => info.dtype as ElementType;
const same = (a: readonly number[], b: readonly number[]): boolean => a.length === b.length && a.every((v, i) => v === b[i]);

function broadcastShape(a: readonly number[], b: readonly number[]): number[] {
  const rank = Math.max(a.length, b.length);
  return Array.from({ length: rank }, (_, i) => {
    const x = a[i - rank + a.length] ?? 1;
    const y = b[i - rank + b.length] ?? 1;
    return x === 1 ? y : x;
  });
}

/** The same data under another shape. */
function reshaped(backend: TraceBackend, x: Info, shape: readonly number[]): Info {
  if (same(x.shape, shape)) return { ...x, shape: [...shape] };
  const traced = backend.traced(x);
  if (traced.kind === 'splat') return backend.put(traced, shape, typeOf(x));
  return backend.emit('Reshape', [backend.value(x), backend.graph.ints(shape)], shape, typeOf(x));
}

// ---------------------------------------------------------------- identity and movement

kernel('Identity', (_, { x }) => ({ ...x! }));
kernel('Reshape', (backend, { x }, { shape }) => {
  const wanted = shape as number[];
  const hole = wanted.indexOf(-1);
  if (hole < 0) return reshaped(backend, x!, wanted);
  const rest = wanted.reduce((a, b) => (b === -1 ? a : a * b), 1);
  return reshaped(backend, x!, wanted.map((d) => (d === -1 ? sizeOf(x!.shape) / rest : d)));
});
kernel('ExpandDims', (backend, { input }, { dim }) => {
  const shape = [...input!.shape];
  const at = dim as number;
  shape.splice(at < 0 ? shape.length + at + 1 : at, 0, 1);
  return reshaped(backend, input!, shape);
});
kernel('Cast', (backend, { x }, { dtype }) => {
  const type = dtype as ElementType;
  if (type === x!.dtype) return { ...x! };
  const traced = backend.traced(x!);
  if (traced.kind === 'splat') return backend.put({ kind: 'splat', splat: type === 'int32' ? Math.trunc(traced.splat) : traced.splat }, x!.shape, type);
  const code = { float32: 1, int32: 6, int64: 7, bool: 9 }[type];
  return backend.emit('Cast', [backend.value(x!)], x!.shape, type, { attributes: { to: code } });
});
kernel('Transpose', (backend, { x }, { perm }) => {
  const order = perm as number[];
  const shape = order.map((axis) => x!.shape[axis]!);
  const traced = backend.traced(x!);
  if (traced.kind === 'splat') return backend.put(traced, shape, typeOf(x!));
  return transposed(backend, backend.value(x!), order);
});
function transposed(backend: TraceBackend, x: Value, order: readonly number[]): Info {
  if (order.every((axis, i) => axis === i)) return backend.tensor(x);
  return backend.emit('Transpose', [x], order.map((axis) => x.shape[axis]!), x.type, { attributes: { perm: order } });
}
kernel('Slice', (backend, { x }, { begin, size }) => {
  const starts = begin as number[];
  const sizes = (size as number[]).map((s, i) => (s === -1 ? x!.shape[i]! - starts[i]! : s));
  if (same(sizes, x!.shape)) return { ...x! };
  const traced = backend.traced(x!);
  if (traced.kind === 'splat') return backend.put(traced, sizes, typeOf(x!));
  const g = backend.graph;
  const ends = starts.map((s, i) => s + sizes[i]!);
  const axes = sizes.map((_, i) => i).filter((i) => sizes[i] !== x!.shape[i]);
  const pick = (values: readonly number[]): number[] => axes.map((i) => values[i]!);
  return backend.emit('Slice', [backend.value(x!), g.ints(pick(starts)), g.ints(pick(ends)), g.ints(axes)], sizes, typeOf(x!));
});
kernel('SplitV', (backend, { x }, { numOrSizeSplits, axis }) => {
  const at = (axis as number) < 0 ? x!.shape.length + (axis as number) : (axis as number);
  const total = x!.shape[at]!;
  const sizes = typeof numOrSizeSplits === 'number' ? Array.from({ length: numOrSizeSplits }, () => total / numOrSizeSplits) : (numOrSizeSplits as number[]);
  const shapes = sizes.map((s) => x!.shape.map((d, i) => (i === at ? s : d)));
  const outputs = shapes.map((shape) => ({ shape, type: typeOf(x!) }));
  return [...backend.graph.nodeMany('Split', [backend.value(x!), backend.graph.ints(sizes)], outputs, { attributes: { axis: at } })].map((v) => backend.tensor(v));
});
kernel('Concat', (backend, inputs, { axis }) => {
  const all = Object.values(inputs).filter((x) => sizeOf(x.shape) > 0);
  const at = (axis as number) < 0 ? all[0]!.shape.length + (axis as number) : (axis as number);
  if (all.length === 1) return { ...all[0]! };
  const shape = all[0]!.shape.map((d, i) => (i === at ? all.reduce((sum, x) => sum + x.shape[i]!, 0) : d));
  return backend.emit('Concat', all.map((x) => backend.value(x)), shape, typeOf(all[0]!), { attributes: { axis: at } });
});
kernel('Pack', (backend, inputs, { axis }) => {
  const all = Object.values(inputs);
  const at = (axis as number) < 0 ? all[0]!.shape.length + 1 + (axis as number) : (axis as number);
  const expanded = all.map((x) => reshaped(backend, x, [...x.shape.slice(0, at), 1, ...x.shape.slice(at)]));
  const shape = [...all[0]!.shape.slice(0, at), all.length, ...all[0]!.shape.slice(at)];
  return backend.emit('Concat', expanded.map((x) => backend.value(x)), shape, typeOf(all[0]!), { attributes: { axis: at } });
});
kernel('Unpack', (backend, { value }, { axis }) => {
  const at = (axis as number) < 0 ? value!.shape.length + (axis as number) : (axis as number);
  const n = value!.shape[at]!;
  const part = value!.shape.map((d, i) => (i === at ? 1 : d));
  const outputs = Array.from({ length: n }, () => ({ shape: part, type: typeOf(value!) }));
  const parts = backend.graph.nodeMany('Split', [backend.value(value!), backend.graph.ints(outputs.map(() => 1))], outputs, { attributes: { axis: at } });
  return parts.map((v) => reshaped(backend, backend.tensor(v), part.filter((_, i) => i !== at)));
});
kernel('PadV2', (backend, { x }, { paddings, constantValue }) => {
  const pads = paddings as [number, number][];
  const shape = x!.shape.map((d, i) => d + pads[i]![0] + pads[i]![1]);
  const amounts = [...pads.map((p) => p[0]), ...pads.map((p) => p[1])];
  const fill = backend.splatScalar((constantValue as number) ?? 0, x!.dtype);
  return backend.emit('Pad', [backend.value(x!), backend.graph.ints(amounts), fill], shape, typeOf(x!));
});
kernel('Tile', (backend, { x }, { reps }) => {
  const counts = reps as number[];
  const shape = x!.shape.map((d, i) => d * counts[i]!);
  if (x!.shape.every((d, i) => d === 1 || counts[i] === 1)) return expanded(backend, x!, shape);
  return backend.emit('Tile', [backend.value(x!), backend.graph.ints(counts)], shape, typeOf(x!));
});
kernel('BroadcastTo', (backend, { x }, { shape }) => expanded(backend, x!, shape as number[]));
function expanded(backend: TraceBackend, x: Info, shape: readonly number[]): Info {
  if (same(x.shape, shape)) return { ...x };
  const traced = backend.traced(x);
  if (traced.kind === 'splat') return backend.put(traced, shape, typeOf(x));
  return backend.put({ kind: 'expand', base: backend.broadcastable(x) }, shape, typeOf(x));
}
kernel('Fill', (backend, _, { shape, value, dtype }) => backend.put({ kind: 'splat', splat: value as number }, shape as number[], (dtype as ElementType | null) ?? 'float32'));
kernel('ZerosLike', (backend, { x }) => backend.put({ kind: 'splat', splat: 0 }, x!.shape, typeOf(x!)));
kernel('OnesLike', (backend, { x }) => backend.put({ kind: 'splat', splat: 1 }, x!.shape, typeOf(x!)));
kernel('GatherV2', (backend, { x, indices }, { axis }) => {
  const at = axis as number;
  const shape = [...x!.shape.slice(0, at), ...indices!.shape, ...x!.shape.slice(at + 1)];
  return backend.emit('Gather', [backend.value(x!), backend.value(indices!)], shape, typeOf(x!), { attributes: { axis: at } });
});
/** Rows x [N, ...] summed into segments: the gradient of a gather. */
kernel('UnsortedSegmentSum', (backend, { x, segmentIds }, { numSegments }) => {
  const n = numSegments as number;
  const ids = backend.value(segmentIds!);
  const rank = segmentIds!.shape.length;
  const inner = x!.shape.slice(rank);
  const shape = [n, ...inner];
  const zeros = backend.value(backend.put({ kind: 'splat', splat: 0 }, shape, 'float32'));
  const g = backend.graph;
  const count = sizeOf(ids.shape);
  const flat = g.node('Reshape', [g.node('Cast', [ids], ids.shape, 'int64', { attributes: { to: 7 } }), g.ints([count, 1])], [count, 1], 'int64');
  const rows = backend.value(reshaped(backend, x!, [count, ...inner]));
  return backend.emit('ScatterND', [zeros, flat, rows], shape, 'float32', { attributes: { reduction: 'add' }, flops: sizeOf(x!.shape) });
});
/** x [N, V], indices [N] -> x[i, indices[i]]: [N]. Not a TensorFlow.js kernel: see nn/indexing.ts. */
kernel('TiltyardTakeAlong', (backend, { x, indices }) => {
  const n = x!.shape[0]!;
  const column = backend.value(reshaped(backend, indices!, [n, 1]));
  const picked = backend.emit('GatherElements', [backend.value(x!), column], [n, 1], 'float32', { attributes: { axis: 1 } });
  return reshaped(backend, picked, [n]);
});
/** x [N, V] plus updates [N] at (i, indices[i]). */
kernel('TiltyardAddAlong', (backend, { x, indices, updates }) => {
  const n = x!.shape[0]!;
  const column = backend.value(reshaped(backend, indices!, [n, 1]));
  const rows = backend.value(reshaped(backend, updates!, [n, 1]));
  return backend.emit('ScatterElements', [backend.value(x!), column, rows], x!.shape, 'float32', { attributes: { axis: 1, reduction: 'add' }, flops: n });
});

// ---------------------------------------------------------------- elementwise

const folded: Record<string, (x: number) => number> = {
  Neg: (x) => -x, Exp: Math.exp, Log: Math.log, Sqrt: Math.sqrt, Abs: Math.abs, Reciprocal: (x) => 1 / x,
};
function unary(name: string, op: string): void {
  kernel(name, (backend, { x }) => {
    const traced = backend.traced(x!);
    const fold = folded[op];
    if (traced.kind === 'splat' && fold !== undefined) return backend.put({ kind: 'splat', splat: Math.fround(fold(traced.splat)) }, x!.shape, 'float32');
    if (traced.kind === 'expand') {
      const small = backend.graph.node(op, [traced.base], traced.base.shape, typeOf(x!), { flops: sizeOf(traced.base.shape) });
      return backend.put({ kind: 'expand', base: small }, x!.shape, typeOf(x!));
    }
    return backend.emit(op, [backend.value(x!)], x!.shape, typeOf(x!), { flops: sizeOf(x!.shape) });
  });
}
for (const [name, op] of [['Neg', 'Neg'], ['Exp', 'Exp'], ['Log', 'Log'], ['Sqrt', 'Sqrt'], ['Abs', 'Abs'], ['Reciprocal', 'Reciprocal'],
  ['Sigmoid', 'Sigmoid'], ['Tanh', 'Tanh'], ['Relu', 'Relu'], ['Softplus', 'Softplus'], ['Sign', 'Sign'], ['Floor', 'Floor'], ['Erf', 'Erf'],
  ['Sin', 'Sin'], ['Cos', 'Cos'], ['LogicalNot', 'Not']] as const) unary(name, op);
kernel('Square', (backend, { x }) => arithmetic(backend, 'Mul', x!, x!));
kernel('Rsqrt', (backend, { x }) => {
  const root = backend.graph.node('Sqrt', [backend.value(x!)], x!.shape, 'float32', { flops: sizeOf(x!.shape) });
  return backend.emit('Reciprocal', [root], x!.shape, 'float32', { flops: sizeOf(x!.shape) });
});
kernel('Log1p', (backend, { x }) => {
  const g = backend.graph;
  return backend.emit('Log', [g.node('Add', [backend.value(x!), g.scalar(1)], x!.shape, 'float32', { flops: sizeOf(x!.shape) })], x!.shape, 'float32', { flops: sizeOf(x!.shape) });
});
/** 1 where x > 0, else alpha. */
kernel('Step', (backend, { x }, { alpha }) => {
  const g = backend.graph;
  const positive = g.node('Greater', [backend.value(x!), g.scalar(0)], x!.shape, 'bool', { flops: sizeOf(x!.shape) });
  return backend.emit('Where', [positive, g.scalar(1), g.scalar((alpha as number | undefined) ?? 0)], x!.shape, 'float32', { flops: sizeOf(x!.shape) });
});
kernel('ClipByValue', (backend, { x }, { clipValueMin, clipValueMax }) => {
  const g = backend.graph;
  return backend.emit('Clip', [backend.value(x!), g.scalar(clipValueMin as number), g.scalar(clipValueMax as number)], x!.shape, 'float32', { flops: sizeOf(x!.shape) });
});

const combine: Record<string, (a: number, b: number) => number> = {
  Add: (a, b) => a + b, Sub: (a, b) => a - b, Mul: (a, b) => a * b, Div: (a, b) => a / b, Max: Math.max, Min: Math.min, Pow: Math.pow,
};
/** Elementwise with broadcasting; constants fold, neutral elements vanish, and two broadcast operands stay small. */
function arithmetic(backend: TraceBackend, op: string, a: Info, b: Info): Info {
  const shape = broadcastShape(a.shape, b.shape);
  const x: Traced = backend.traced(a);
  const y: Traced = backend.traced(b);
  const type = typeOf(a);
  if (x.kind === 'splat' && y.kind === 'splat' && combine[op] !== undefined) {
    const result = combine[op](x.splat, y.splat);
    return backend.put({ kind: 'splat', splat: type === 'int32' ? Math.trunc(result) : Math.fround(result) }, shape, type);
  }
  if (y.kind === 'splat') {
    if (y.splat === 1 && (op === 'Mul' || op === 'Div' || op === 'Pow')) return expanded(backend, a, shape);
    if (y.splat === 0 && (op === 'Add' || op === 'Sub')) return expanded(backend, a, shape);
    if (y.splat === 0 && op === 'Mul') return backend.put({ kind: 'splat', splat: 0 }, shape, type);
  }
  if (x.kind === 'splat') {
    if (x.splat === 1 && op === 'Mul') return expanded(backend, b, shape);
    if (x.splat === 0 && op === 'Add') return expanded(backend, b, shape);
    if (x.splat === 0 && op === 'Mul') return backend.put({ kind: 'splat', splat: 0 }, shape, type);
  }
  const left = backend.broadcastable(a);
  const right = backend.broadcastable(b);
  const small = broadcastShape(left.shape, right.shape);
  const value = backend.graph.node(op, [left, right], small, type, { flops: sizeOf(small) });
  return same(small, shape) ? backend.tensor(value) : backend.put({ kind: 'expand', base: value }, shape, type);
}
for (const [name, op] of [['Add', 'Add'], ['Sub', 'Sub'], ['Multiply', 'Mul'], ['RealDiv', 'Div'], ['Maximum', 'Max'], ['Minimum', 'Min'], ['Pow', 'Pow']] as const) {
  kernel(name, (backend, { a, b }) => arithmetic(backend, op, a!, b!));
}
kernel('AddN', (backend, inputs) => Object.values(inputs).reduce((sum, x) => arithmetic(backend, 'Add', sum, x)));
kernel('SquaredDifference', (backend, { a, b }) => {
  const d = arithmetic(backend, 'Sub', a!, b!);
  return arithmetic(backend, 'Mul', d, d);
});

function comparison(name: string, op: string, negate = false): void {
  kernel(name, (backend, { a, b }) => {
    const shape = broadcastShape(a!.shape, b!.shape);
    const left = backend.value(a!);
    const right = backend.broadcastable(b!);
    const value = backend.graph.node(op, [left, right], shape, 'bool', { flops: sizeOf(shape) });
    return backend.tensor(negate ? backend.graph.node('Not', [value], shape, 'bool', { flops: sizeOf(shape) }) : value);
  });
}
for (const [name, op] of [['Greater', 'Greater'], ['GreaterEqual', 'GreaterOrEqual'], ['Less', 'Less'], ['LessEqual', 'LessOrEqual'], ['Equal', 'Equal'],
  ['LogicalAnd', 'And'], ['LogicalOr', 'Or']] as const) comparison(name, op);
comparison('NotEqual', 'Equal', true);
kernel('Select', (backend, { condition, t, e }) => {
  const rank = t!.shape.length;
  const aligned = condition!.shape.length === 1 && rank > 1 ? reshaped(backend, condition!, [condition!.shape[0]!, ...Array<number>(rank - 1).fill(1)]) : condition!;
  return backend.emit('Where', [backend.value(aligned), backend.broadcastable(t!), backend.broadcastable(e!)], t!.shape, typeOf(t!), { flops: sizeOf(t!.shape) });
});

// ---------------------------------------------------------------- reductions

function reduction(name: string, op: string, axesAsInput: boolean): void {
  kernel(name, (backend, { x }, attrs) => {
    // TensorFlow.js calls the axes of Max `reductionIndices`, and those of every other reduction `axis`.
    const axis = attrs['reductionIndices'] ?? attrs['axis'];
    const { keepDims } = attrs;
    const rank = x!.shape.length;
    const axes = axis === undefined || axis === null ? x!.shape.map((_, i) => i) : ([] as number[]).concat(axis as number | number[]).map((a) => (a < 0 ? rank + a : a));
    const keep = keepDims === true;
    const shape = x!.shape.flatMap((d, i) => (axes.includes(i) ? (keep ? [1] : []) : [d]));
    if (axes.length === 0) return { ...x! };
    const traced = backend.traced(x!);
    if (traced.kind === 'splat') {
      const n = axes.reduce((product, a) => product * x!.shape[a]!, 1);
      return backend.put({ kind: 'splat', splat: op === 'ReduceSum' ? traced.splat * n : traced.splat }, shape, typeOf(x!));
    }
    if (op === 'ReduceSum' && rank === 2 && axes.length === 1 && axes[0] === 0 && x!.dtype === 'float32') {
      // Column sums as a product with a row of ones take a third of the time.
      const ones = backend.value(backend.put({ kind: 'splat', splat: 1 }, [1, x!.shape[0]!], 'float32'));
      return reshaped(backend, backend.emit('MatMul', [ones, backend.value(x!)], [1, x!.shape[1]!], 'float32', { flops: sizeOf(x!.shape) }), shape);
    }
    const attributes: Record<string, AttributeValue> = { keepdims: keep ? 1 : 0 };
    const inputs: Value[] = [backend.value(x!)];
    if (axesAsInput) inputs.push(backend.graph.ints(axes));
    else attributes['axes'] = axes;
    return backend.emit(op, inputs, shape, typeOf(x!), { attributes, flops: sizeOf(x!.shape) });
  });
}
reduction('Sum', 'ReduceSum', true);
reduction('Mean', 'ReduceMean', true);
kernel('TiltyardSumOfSquares', (backend, { x }) => backend.emit('ReduceSumSquare', [backend.value(x!)], [], 'float32', { attributes: { keepdims: 0 }, flops: 2 * sizeOf(x!.shape) }));
reduction('Max', 'ReduceMax', true);
reduction('Min', 'ReduceMin', true);
kernel('ArgMax', (backend, { x }, { axis }) => {
  const at = (axis as number) < 0 ? x!.shape.length + (axis as number) : (axis as number);
  const shape = x!.shape.filter((_, i) => i !== at);
  const g = backend.graph;
  const long = g.node('ArgMax', [backend.value(x!)], shape, 'int64', { attributes: { axis: at, keepdims: 0 }, flops: sizeOf(x!.shape) });
  return backend.emit('Cast', [long], shape, 'int32', { attributes: { to: 6 } });
});
/** Values and int32 indices of the k largest along the last axis. */
kernel('TopK', (backend, { x }, { k }) => {
  const n = k as number;
  const shape = [...x!.shape.slice(0, -1), n];
  const g = backend.graph;
  const outputs = [{ shape, type: 'float32' as const }, { shape, type: 'int64' as const }];
  const [values, indices] = g.nodeMany('TopK', [backend.value(x!), g.ints([n])], outputs, { attributes: { axis: -1, largest: 1, sorted: 1 }, flops: sizeOf(x!.shape) });
  return [backend.tensor(values!), backend.emit('Cast', [indices!], shape, 'int32', { attributes: { to: 6 } })];
});
kernel('Cumsum', (backend, { x }, { axis, exclusive, reverse }) => {
  const g = backend.graph;
  return backend.emit('CumSum', [backend.value(x!), g.constant(Int32Array.of(axis as number), [])], x!.shape, typeOf(x!), {
    attributes: { exclusive: exclusive === true ? 1 : 0, reverse: reverse === true ? 1 : 0 },
    flops: sizeOf(x!.shape),
  });
});
kernel('Softmax', (backend, { logits }, { dim }) => {
  const at = (dim as number) < 0 ? logits!.shape.length + (dim as number) : (dim as number);
  return backend.emit('Softmax', [backend.value(logits!)], logits!.shape, 'float32', { attributes: { axis: at }, flops: 5 * sizeOf(logits!.shape) });
});
kernel('LogSoftmax', (backend, { logits }, { axis }) => {
  const at = (axis as number) < 0 ? logits!.shape.length + (axis as number) : (axis as number);
  return backend.emit('LogSoftmax', [backend.value(logits!)], logits!.shape, 'float32', { attributes: { axis: at }, flops: 5 * sizeOf(logits!.shape) });
});
kernel('OneHot', (backend, { indices }, { depth, onValue, offValue }) => {
  const n = depth as number;
  const g = backend.graph;
  const shape = [...indices!.shape, n];
  const column = reshaped(backend, indices!, [...indices!.shape, 1]);
  const hit = g.node('Equal', [backend.value(column), g.constant(Int32Array.from({ length: n }, (_, i) => i), [n])], shape, 'bool');
  return backend.emit('Where', [hit, g.scalar(onValue as number), g.scalar(offValue as number)], shape, 'float32');
});

// ---------------------------------------------------------------- products and normalisation

kernel('BatchMatMul', (backend, { a, b }, { transposeA, transposeB }) => {
  const rankA = a!.shape.length;
  const rankB = b!.shape.length;
  const [m, k] = transposeA === true ? [a!.shape[rankA - 1]!, a!.shape[rankA - 2]!] : [a!.shape[rankA - 2]!, a!.shape[rankA - 1]!];
  const n = transposeB === true ? b!.shape[rankB - 2]! : b!.shape[rankB - 1]!;
  const batch = broadcastShape(a!.shape.slice(0, -2), b!.shape.slice(0, -2));
  const shape = [...batch, m, n];
  const flops = 2 * sizeOf(shape) * k;
  const left = squeezed(backend, a!, batch);
  const right = squeezed(backend, b!, batch);
  const plain = sizeOf(batch) === 1 ? [m, n] : shape;
  const multiply = (x: Value, y: Value, to: readonly number[]): Info => backend.emit('MatMul', [x, y], to, 'float32', { flops });
  if (transposeA === true && transposeB !== true && plain.length === 2 && flops > COPIED) {
    // A product that transposes its left side copies it again for every 128 columns of the right one: one copy beforehand is 12 % faster.
    const product = k * m <= k * n + m * n ? multiply(copied(backend, left), right, plain) : backend.tensor(copied(backend, multiply(copied(backend, right), left, [n, m])));
    return reshaped(backend, product, shape);
  }
  // onnxruntime fuses Transpose + MatMul into one product on the CPU and keeps them apart where it cannot.
  return reshaped(backend, multiply(flipped(backend, left, transposeA === true), flipped(backend, right, transposeB === true), plain), shape);
});
/** Operations from which on a transposed copy costs less than it saves. */
const COPIED = 2 ** 23;
/** Last two axes exchanged, by a node that onnxruntime may fold into a product. */
function flipped(backend: TraceBackend, x: Value, flip: boolean): Value {
  const rank = x.shape.length;
  return flip ? backend.value(transposed(backend, x, x.shape.map((_, i) => (i < rank - 2 ? i : i === rank - 2 ? rank - 1 : rank - 2)))) : x;
}
/** A matrix transposed for good: behind a reshape no product takes the node in. */
function copied(backend: TraceBackend, x: Value | Info): Value {
  const matrix = 'dataId' in x ? backend.value(x) : x;
  const [rows, columns] = matrix.shape as [number, number];
  return backend.value(reshaped(backend, transposed(backend, backend.value(reshaped(backend, backend.tensor(matrix), [1, rows, columns])), [0, 2, 1]), [columns, rows]));
}
/** A batch of one is a plain matrix: the 2-D product is faster and fuses with its bias. */
function squeezed(backend: TraceBackend, x: Info, batch: readonly number[]): Value {
  return backend.value(sizeOf(batch) === 1 ? reshaped(backend, x, x.shape.slice(-2)) : x);
}

/** Fused kernels that only this backend has; ../nn spells them out in plain ops for the others. */
kernel('TiltyardLayerNorm', (backend, { x, scale, offset }, { epsilon }) => {
  const stat = [...x!.shape.slice(0, -1), 1];
  const outputs = [x!.shape, stat, stat].map((shape) => ({ shape, type: 'float32' as const }));
  const values = backend.graph.nodeMany('LayerNormalization', [backend.value(x!), backend.value(scale!), backend.value(offset!)], outputs, {
    attributes: { axis: -1, epsilon: { float: epsilon as number } },
    flops: 8 * sizeOf(x!.shape),
  });
  return values.map((v) => backend.tensor(v));
});
/** min(1, max(0, a x + b)) in one pass. */
kernel('TiltyardClippedLine', (backend, { x }, { a, b }) =>
  backend.emit('HardSigmoid', [backend.value(x!)], x!.shape, 'float32', { attributes: { alpha: { float: a as number }, beta: { float: b as number } }, flops: 4 * sizeOf(x!.shape) }));
/** cache [B, S, D] with row (b, slots[b]) replaced by rows [B, D]. */
kernel('TiltyardWriteSlots', (backend, { cache, slots, rows }) => {
  const g = backend.graph;
  const n = slots!.shape[0]!;
  const long = g.node('Cast', [backend.value(slots!)], [n], 'int64', { attributes: { to: 7 } });
  const indices = g.node('Concat', [g.constant(BigInt64Array.from({ length: n }, (_, i) => BigInt(i)), [n, 1]), g.node('Reshape', [long, g.ints([n, 1])], [n, 1], 'int64')], [n, 2], 'int64', { attributes: { axis: 1 } });
  return backend.emit('ScatterND', [backend.value(cache!), indices, backend.value(rows!)], cache!.shape, 'float32');
});
