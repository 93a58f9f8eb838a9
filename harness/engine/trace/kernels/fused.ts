import { sizeOf } from '../../tensor.js';
import type { Info } from '../backend.js';
import type { Value } from '../graph.js';
import { cast, kernel, reshaped } from './kernel.js';

/*
 * Kernels that only this backend has: harness/engine/nn spells them out in plain operations for the others.
 */

kernel('TiltyardLayerNorm', (backend, { x, scale, offset }, { epsilon }) => {
  const statistics = [...x!.shape.slice(0, -1), 1];
  const outputs = [x!.shape, statistics, statistics].map((shape) => ({ shape, type: 'float32' as const }));
  const inputs = [backend.value(x!), backend.value(scale!), backend.value(offset!)];
  const values = backend.graph.nodeMany('LayerNormalization', inputs, outputs, {
    attributes: { axis: -1, epsilon: { float: epsilon as number } },
    flops: 8 * sizeOf(x!.shape),
  });
  return values.map((value) => backend.tensor(value));
});
/** GELU in its tanh form of x + bias: x [N, F], bias [F]. */
kernel('TiltyardGelu', (backend, { x, bias }) =>
  backend.emit('FastGelu', [backend.value(x!), backend.value(bias!)], x!.shape, 'float32', {
    domain: 'com.microsoft',
    flops: 9 * sizeOf(x!.shape),
  }),
);
/** min(1, max(0, a x + b)) in one pass. */
kernel('TiltyardClippedLine', (backend, { x }, { a, b }) =>
  backend.emit('HardSigmoid', [backend.value(x!)], x!.shape, 'float32', {
    attributes: { alpha: { float: a as number }, beta: { float: b as number } },
    flops: 4 * sizeOf(x!.shape),
  }),
);
kernel('TiltyardSumOfSquares', (backend, { x }) =>
  backend.emit('ReduceSumSquare', [backend.value(x!)], [], 'float32', {
    attributes: { keepdims: 0 },
    flops: 2 * sizeOf(x!.shape),
  }),
);
/** x [N, V], indices [N] -> x[i, indices[i]]: [N]. */
kernel('TiltyardTakeAlong', (backend, { x, indices }) => {
  const n = x!.shape[0]!;
  const column = backend.value(reshaped(backend, indices!, [n, 1]));
  const picked = backend.emit('GatherElements', [backend.value(x!), column], [n, 1], 'float32', {
    attributes: { axis: 1 },
  });
  return reshaped(backend, picked, [n]);
});
/** x [N, V] plus updates [N] at (i, indices[i]). */
kernel('TiltyardAddAlong', (backend, { x, indices, updates }) => {
  const n = x!.shape[0]!;
  const column = backend.value(reshaped(backend, indices!, [n, 1]));
  const rows = backend.value(reshaped(backend, updates!, [n, 1]));
  return backend.emit('ScatterElements', [backend.value(x!), column, rows], x!.shape, 'float32', {
    attributes: { axis: 1, reduction: 'add' },
    flops: n,
  });
});
/** See harness/engine/nn/attend-newest.ts. Rows are as long as they are, whatever the cache has room for. */
kernel('TiltyardAttendNewest', (backend, { q, k, v, keys, values, before }, { window, softcap }) => {
  const g = backend.graph;
  const [rows, heads, size] = q!.shape as [number, number, number];
  const slots = keys!.shape[2]!;
  const flat = (x: Info): Value => backend.value(reshaped(backend, x, [rows, 1, sizeOf(x.shape) / rows]));
  const inputs = [flat(q!), flat(k!), flat(v!), backend.value(keys!), backend.value(values!)];
  const lengths = [backend.value(before!), g.constant(Int32Array.of(slots), [])];
  const outputs = [[rows, 1, heads * size], keys!.shape, values!.shape].map((shape) => ({
    shape,
    type: 'float32' as const,
  }));
  const made = g.nodeMany('GroupQueryAttention', [...inputs, ...lengths], outputs, {
    domain: 'com.microsoft',
    attributes: {
      num_heads: heads,
      kv_num_heads: heads,
      scale: { float: 1 },
      ...(window === undefined ? {} : { local_window_size: window as number }),
      ...(softcap === undefined ? {} : { softcap: { float: softcap as number } }),
    },
    flops: (4 * size + 5) * rows * heads * slots,
  });
  return made.map((value) => backend.tensor(value));
});
/** cache [B, S, D] with row (b, slots[b]) replaced by rows [B, D]. */
kernel('TiltyardWriteSlots', (backend, { cache, slots, rows }) => {
  const g = backend.graph;
  const [B, H, , size] = cache!.shape as [number, number, number, number];
  const n = B * H;
  const heads = g.constant(
    Int32Array.from({ length: 2 * n }, (_, i) => (i % 2 === 0 ? Math.floor(i / 2 / H) : (i >> 1) % H)),
    [n, 2],
  );
  // WebGPU can do nothing with int64 but cast to it.
  const columns = g.node('Reshape', [backend.value(slots!), g.ints([B, 1])], [B, 1], 'int32');
  const each = g.node('Expand', [columns, g.ints([B, H])], [B, H], 'int32');
  const last = g.node('Reshape', [each, g.ints([n, 1])], [n, 1], 'int32');
  const short = g.node('Concat', [heads, last], [n, 3], 'int32', { attributes: { axis: 1 } });
  const indices = cast(g, short, 'int64');
  const newest = backend.value(reshaped(backend, rows!, [n, size]));
  const inputs = [backend.value(cache!), indices, newest];
  return backend.emit('ScatterND', inputs, cache!.shape, 'float32');
});
/** x [N, ...] with the rows at places [R] replaced by rows [R, ...]. */
kernel('TiltyardReplaceRows', (backend, { x, places, rows }) => {
  const g = backend.graph;
  const n = places!.shape[0]!;
  const short = g.node('Reshape', [backend.value(places!), g.ints([n, 1])], [n, 1], 'int32');
  const column = cast(g, short, 'int64');
  return backend.emit('ScatterND', [backend.value(x!), column, backend.value(rows!)], x!.shape, 'float32');
});
