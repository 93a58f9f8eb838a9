import { sizeOf } from '../../tensor.js';
import type { Info } from '../backend.js';
import { axisOf, kernel, reshaped, typeOf } from './kernel.js';

/* Sums, means and extremes over axes, and what is normalised or accumulated along one. */

function reduction(name: string, op: string): void {
  kernel(name, (backend, { x }, attrs) => {
    const axes = reducedAxes(x!, attrs);
    if (axes.length === 0) return { ...x! };
    const isKept = attrs['keepDims'] === true;
    const shape = x!.shape.flatMap((size, i) => (axes.includes(i) ? (isKept ? [1] : []) : [size]));
    const traced = backend.traced(x!);
    if (traced.kind === 'splat') {
      const n = axes.reduce((product, axis) => product * x!.shape[axis]!, 1);
      const splat = op === 'ReduceSum' ? traced.splat * n : traced.splat;
      return backend.put({ kind: 'splat', splat }, shape, typeOf(x!));
    }
    const flops = sizeOf(x!.shape);
    const isOfColumns = x!.shape.length === 2 && axes.length === 1 && axes[0] === 0;
    if (op === 'ReduceSum' && isOfColumns && x!.dtype === 'float32') {
      // Column sums as a product with a row of ones take a third of the time.
      const [rows, columns] = x!.shape as [number, number];
      const ones = backend.value(backend.put({ kind: 'splat', splat: 1 }, [1, rows], 'float32'));
      const product = backend.emit('MatMul', [ones, backend.value(x!)], [1, columns], 'float32', { flops });
      return reshaped(backend, product, shape);
    }
    const inputs = [backend.value(x!), backend.graph.ints(axes)];
    return backend.emit(op, inputs, shape, typeOf(x!), { attributes: { keepdims: isKept ? 1 : 0 }, flops });
  });
}

/** TensorFlow.js calls the axes of Max `reductionIndices`, and those of every other reduction `axis`. */
function reducedAxes(x: Info, attrs: Record<string, unknown>): number[] {
  const given = attrs['reductionIndices'] ?? attrs['axis'];
  if (given === undefined || given === null) return x.shape.map((_, i) => i);
  return [given as number | number[]].flat().map((axis) => axisOf(axis, x.shape.length));
}

reduction('Sum', 'ReduceSum');
reduction('Mean', 'ReduceMean');
reduction('Max', 'ReduceMax');
reduction('Min', 'ReduceMin');

kernel('Cumsum', (backend, { x }, { axis, exclusive, reverse }) => {
  const inputs = [backend.value(x!), backend.graph.constant(Int32Array.of(axis as number), [])];
  return backend.emit('CumSum', inputs, x!.shape, typeOf(x!), {
    attributes: { exclusive: exclusive === true ? 1 : 0, reverse: reverse === true ? 1 : 0 },
    flops: sizeOf(x!.shape),
  });
});

function normalisation(name: 'Softmax' | 'LogSoftmax', axisAttribute: 'dim' | 'axis'): void {
  kernel(name, (backend, { logits }, attrs) =>
    backend.emit(name, [backend.value(logits!)], logits!.shape, 'float32', {
      attributes: { axis: axisOf(attrs[axisAttribute], logits!.shape.length) },
      flops: 5 * sizeOf(logits!.shape),
    }),
  );
}
normalisation('Softmax', 'dim');
normalisation('LogSoftmax', 'axis');
