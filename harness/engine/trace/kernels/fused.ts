import { sizeOf } from '../../tensor.js';
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
