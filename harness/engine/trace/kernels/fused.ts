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
  const n = slots!.shape[0]!;
  const long = cast(g, backend.value(slots!), 'int64');
  const firsts = g.constant(
    BigInt64Array.from({ length: n }, (_, i) => BigInt(i)),
    [n, 1],
  );
  const seconds = g.node('Reshape', [long, g.ints([n, 1])], [n, 1], 'int64');
  const indices = g.node('Concat', [firsts, seconds], [n, 2], 'int64', { attributes: { axis: 1 } });
  const inputs = [backend.value(cache!), indices, backend.value(rows!)];
  return backend.emit('ScatterND', inputs, cache!.shape, 'float32');
});
/** x [N, ...] with the rows at places [R] replaced by rows [R, ...]. */
kernel('TiltyardReplaceRows', (backend, { x, places, rows }) => {
  const g = backend.graph;
  const n = places!.shape[0]!;
  const long = cast(g, backend.value(places!), 'int64');
  const column = g.node('Reshape', [long, g.ints([n, 1])], [n, 1], 'int64');
  return backend.emit('ScatterND', [backend.value(x!), column, backend.value(rows!)], x!.shape, 'float32');
});
