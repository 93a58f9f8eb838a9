import { sizeOf } from '../../tensor.js';
import { isTracingForWebGpu } from '../active.js';
import type { Info, TraceBackend } from '../backend.js';
import type { ElementType } from '../graph.js';
import { axisOf, cast, expanded, kernel, reshaped, sameShape, transposed, typeOf } from './kernel.js';

/* The same numbers under another shape, order or type; parts of arrays, and arrays put together. No FLOPs. */

kernel('Identity', (_, { x }) => ({ ...x! }));
kernel('Reshape', (backend, { x }, { shape }) => {
  const wanted = shape as number[];
  const hole = wanted.indexOf(-1);
  if (hole < 0) return reshaped(backend, x!, wanted);
  const rest = wanted.reduce((a, b) => (b === -1 ? a : a * b), 1);
  const known = wanted.map((size) => (size === -1 ? sizeOf(x!.shape) / rest : size));
  if (!backend.graph.standIns.isIn(x!.shape)) return reshaped(backend, x!, known);
  return backend.emit('Reshape', [backend.value(x!), backend.graph.ints(wanted)], known, typeOf(x!));
});
kernel('ExpandDims', (backend, { input }, { dim }) => {
  const shape = [...input!.shape];
  const at = axisOf(dim, shape.length + 1);
  shape.splice(at, 0, 1);
  if (!backend.graph.standIns.isIn(shape)) return reshaped(backend, input!, shape);
  return backend.emit('Unsqueeze', [backend.value(input!), backend.graph.ints([at])], shape, typeOf(input!));
});
kernel('Cast', (backend, { x }, { dtype }) => {
  const type = dtype as ElementType;
  if (type === x!.dtype) return { ...x! };
  const traced = backend.traced(x!);
  if (traced.kind === 'splat') {
    const splat = type === 'int32' ? Math.trunc(traced.splat) : traced.splat;
    return backend.put({ kind: 'splat', splat }, x!.shape, type);
  }
  return backend.tensor(cast(backend.graph, backend.value(x!), type));
});
kernel('Transpose', (backend, { x }, { perm }) => {
  const order = perm as number[];
  const traced = backend.traced(x!);
  if (traced.kind !== 'splat') return transposed(backend, backend.value(x!), order);
  const shape = order.map((axis) => x!.shape[axis]!);
  return backend.put(traced, shape, typeOf(x!));
});
kernel('Slice', (backend, { x }, { begin, size }) => {
  const starts = begin as number[];
  const sizes = (size as number[]).map((s, i) => (s === -1 ? x!.shape[i]! - starts[i]! : s));
  if (sameShape(sizes, x!.shape)) return { ...x! };
  const traced = backend.traced(x!);
  if (traced.kind === 'splat') return backend.put(traced, sizes, typeOf(x!));
  const g = backend.graph;
  if (isTracingForWebGpu() && typeOf(x!) === 'int32') return picked(backend, x!, starts, sizes);
  const ends = starts.map((start, i) => start + sizes[i]!);
  const axes = sizes.map((_, i) => i).filter((i) => sizes[i] !== x!.shape[i]);
  const ofAxes = (values: readonly number[]) => g.ints(axes.map((i) => values[i]!));
  return backend.emit(
    'Slice',
    [backend.value(x!), ofAxes(starts), ofAxes(ends), g.ints(axes)],
    sizes,
    typeOf(x!),
  );
});
/** A slice, axis by axis, each by its indices. */
function picked(backend: TraceBackend, x: Info, starts: readonly number[], sizes: readonly number[]): Info {
  let part = x;
  sizes.forEach((size, axis) => {
    if (size === x.shape[axis]) return;
    const indices = backend.graph.constant(
      Int32Array.from({ length: size }, (_, i) => starts[axis]! + i),
      [size],
    );
    const shape = part.shape.map((n, i) => (i === axis ? size : n));
    part = backend.emit('Gather', [backend.value(part), indices], shape, typeOf(x), { attributes: { axis } });
  });
  return part;
}
kernel('SplitV', (backend, { x }, { numOrSizeSplits, axis }) => {
  const at = axisOf(axis, x!.shape.length);
  const total = x!.shape[at]!;
  const sizes =
    typeof numOrSizeSplits === 'number'
      ? Array.from({ length: numOrSizeSplits }, () => total / numOrSizeSplits)
      : (numOrSizeSplits as number[]);
  const outputs = sizes.map((size) => ({
    shape: x!.shape.map((whole, i) => (i === at ? size : whole)),
    type: typeOf(x!),
  }));
  const inputs = [backend.value(x!), backend.graph.ints(sizes)];
  const parts = backend.graph.nodeMany('Split', inputs, outputs, { attributes: { axis: at } });
  return parts.map((part) => backend.tensor(part));
});
kernel('Concat', (backend, inputs, { axis }) => {
  const all = Object.values(inputs).filter((x) => sizeOf(x.shape) > 0);
  const at = axisOf(axis, all[0]!.shape.length);
  if (all.length === 1) return { ...all[0]! };
  const total = all.reduce((sum, x) => sum + x.shape[at]!, 0);
  const shape = all[0]!.shape.map((size, i) => (i === at ? total : size));
  const parts = all.map((x) => backend.value(x));
  return backend.emit('Concat', parts, shape, typeOf(all[0]!), { attributes: { axis: at } });
});
kernel('Pack', (backend, inputs, { axis }) => {
  const all = Object.values(inputs);
  const { shape: each } = all[0]!;
  const at = axisOf(axis, each.length + 1);
  const withAxis = all.map((x) => reshaped(backend, x, [...x.shape.slice(0, at), 1, ...x.shape.slice(at)]));
  const shape = [...each.slice(0, at), all.length, ...each.slice(at)];
  const parts = withAxis.map((x) => backend.value(x));
  return backend.emit('Concat', parts, shape, typeOf(all[0]!), { attributes: { axis: at } });
});
kernel('Unpack', (backend, { value }, { axis }) => {
  const at = axisOf(axis, value!.shape.length);
  const part = value!.shape.map((size, i) => (i === at ? 1 : size));
  const outputs = Array.from({ length: value!.shape[at]! }, () => ({ shape: part, type: typeOf(value!) }));
  const inputs = [backend.value(value!), backend.graph.ints(outputs.map(() => 1))];
  const parts = backend.graph.nodeMany('Split', inputs, outputs, { attributes: { axis: at } });
  const withoutAxis = part.filter((_, i) => i !== at);
  return parts.map((v) => reshaped(backend, backend.tensor(v), withoutAxis));
});
kernel('PadV2', (backend, { x }, { paddings, constantValue }) => {
  const pads = paddings as [number, number][];
  const shape = x!.shape.map((size, i) => size + pads[i]![0] + pads[i]![1]);
  const amounts = [...pads.map(([before]) => before), ...pads.map(([, after]) => after)];
  const fill = backend.splatScalar((constantValue as number) ?? 0, x!.dtype);
  return backend.emit('Pad', [backend.value(x!), backend.graph.ints(amounts), fill], shape, typeOf(x!));
});
kernel('Tile', (backend, { x }, { reps }) => {
  const counts = reps as number[];
  const shape = x!.shape.map((size, i) => size * counts[i]!);
  if (x!.shape.every((size, i) => size === 1 || counts[i] === 1)) return expanded(backend, x!, shape);
  return backend.emit('Tile', [backend.value(x!), backend.graph.ints(counts)], shape, typeOf(x!));
});
kernel('BroadcastTo', (backend, { x }, { shape }) => expanded(backend, x!, shape as number[]));
