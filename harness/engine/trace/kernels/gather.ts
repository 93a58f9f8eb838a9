import { sizeOf } from '../../tensor.js';
import { axisOf, cast, kernel, reshaped, typeOf } from './kernel.js';

/* Elements picked by index, numbers added up by index, and indices of the largest. */

kernel('GatherV2', (backend, { x, indices }, { axis }) => {
  const at = axis as number;
  const shape = [...x!.shape.slice(0, at), ...indices!.shape, ...x!.shape.slice(at + 1)];
  return backend.emit('Gather', [backend.value(x!), backend.value(indices!)], shape, typeOf(x!), {
    attributes: { axis: at },
  });
});
/** Rows x [N, ...] summed into segments: the gradient of a gather. */
kernel('UnsortedSegmentSum', (backend, { x, segmentIds }, { numSegments }) => {
  const n = numSegments as number;
  const ids = backend.value(segmentIds!);
  const inner = x!.shape.slice(segmentIds!.shape.length);
  const shape = [n, ...inner];
  const zeros = backend.value(backend.put({ kind: 'splat', splat: 0 }, shape, 'float32'));
  const g = backend.graph;
  const count = sizeOf(ids.shape);
  const short = g.node('Reshape', [ids, g.ints([count, 1])], [count, 1], ids.type);
  const column = cast(g, short, 'int64');
  const rows = backend.value(reshaped(backend, x!, [count, ...inner]));
  return backend.emit('ScatterND', [zeros, column, rows], shape, 'float32', {
    attributes: { reduction: 'add' },
    flops: sizeOf(x!.shape),
  });
});
kernel('OneHot', (backend, { indices }, { depth, onValue, offValue }) => {
  const n = depth as number;
  const g = backend.graph;
  const shape = [...indices!.shape, n];
  const column = reshaped(backend, indices!, [...indices!.shape, 1]);
  const classes = Int32Array.from({ length: n }, (_, i) => i);
  const isHit = g.node('Equal', [backend.value(column), g.constant(classes, [n])], shape, 'bool');
  const [on, off] = [g.scalar(onValue as number), g.scalar(offValue as number)];
  return backend.emit('Where', [isHit, on, off], shape, 'float32');
});
kernel('ArgMax', (backend, { x }, { axis }) => {
  const at = axisOf(axis, x!.shape.length);
  const shape = x!.shape.filter((_, i) => i !== at);
  const g = backend.graph;
  const indices = g.node('ArgMax', [backend.value(x!)], shape, 'int64', {
    attributes: { axis: at, keepdims: 0 },
    flops: sizeOf(x!.shape),
  });
  return backend.tensor(cast(g, indices, 'int32'));
});
/** Values and int32 indices of the k largest along the last axis. */
kernel('TopK', (backend, { x }, { k }) => {
  const n = k as number;
  const shape = [...x!.shape.slice(0, -1), n];
  const g = backend.graph;
  const outputs = [
    { shape, type: 'float32' as const },
    { shape, type: 'int64' as const },
  ];
  const [values, indices] = g.nodeMany('TopK', [backend.value(x!), g.ints([n])], outputs, {
    attributes: { axis: -1, largest: 1, sorted: 1 },
    flops: sizeOf(x!.shape),
  });
  return [backend.tensor(values!), backend.tensor(cast(g, indices!, 'int32'))];
});
