import { sizeOf } from '../../tensor.js';
import type { Info, TraceBackend } from '../backend.js';
import { roundsProducts } from '../active.js';
import type { ElementType, Graph, Value } from '../graph.js';
import { broadcastShape, cast, kernel, reshaped, transposed } from './kernel.js';

/** Operations from which on a transposed copy costs less than it saves. */
const WORTH_A_COPY = 2 ** 23;

kernel('BatchMatMul', (backend, { a, b }, { transposeA, transposeB }) => {
  const flipA = transposeA === true;
  const flipB = transposeB === true;
  const [m, k] = flipA ? lastTwo(a!).reverse() : lastTwo(a!);
  const n = flipB ? lastTwo(b!)[0]! : lastTwo(b!)[1]!;
  const batch = broadcastShape(a!.shape.slice(0, -2), b!.shape.slice(0, -2));
  const shape = [...batch, m!, n];
  const flops = 2 * sizeOf(shape) * k!;
  const type = roundsProducts() ? 'bfloat16' : 'float32';
  const isFixed = !backend.graph.standIns.isIn([...a!.shape, ...b!.shape]);
  const [left, right] = [a!, b!].map((x) =>
    as(type, backend.graph, isFixed ? squeezed(backend, x, batch) : backend.value(x)),
  ) as [Value, Value];
  const plain = isFixed && sizeOf(batch) === 1 ? [m!, n] : shape;
  const multiply = (x: Value, y: Value, to: readonly number[]): Value =>
    as('float32', backend.graph, backend.graph.node('MatMul', [x, y], to, type, { flops }));
  if (flipA && !flipB && plain.length === 2 && flops > WORTH_A_COPY) {
    // A product that transposes its left side copies it again for every 128 columns of the right one: one
    // copy beforehand is 12 % faster.
    const result =
      k! * m! <= k! * n + m! * n
        ? multiply(copied(backend, left), right, plain)
        : copied(backend, multiply(copied(backend, right), left, [n, m!]));
    return reshaped(backend, backend.tensor(result), shape);
  }
  // onnxruntime fuses Transpose + MatMul into one product on the CPU and keeps them apart where it cannot.
  const result = multiply(flipped(backend, left, flipA), flipped(backend, right, flipB), plain);
  return isFixed ? reshaped(backend, backend.tensor(result), shape) : backend.tensor(result);
});

const as = (type: ElementType, graph: Graph, x: Value): Value => (x.type === type ? x : cast(graph, x, type));

const lastTwo = (x: Info): number[] => x.shape.slice(-2);

/** Last two axes exchanged, by a node that onnxruntime may fold into a product. */
function flipped(backend: TraceBackend, x: Value, flip: boolean): Value {
  if (!flip) return x;
  const axes = x.shape.map((_, i) => i);
  const order = [...axes.slice(0, -2), ...axes.slice(-2).reverse()];
  return backend.value(transposed(backend, x, order));
}

/** A matrix transposed for good: behind a reshape no product takes the node in. */
function copied(backend: TraceBackend, matrix: Value): Value {
  const [rows, columns] = matrix.shape as [number, number];
  const boxed = backend.value(reshaped(backend, backend.tensor(matrix), [1, rows, columns]));
  return backend.value(reshaped(backend, transposed(backend, boxed, [0, 2, 1]), [columns, rows]));
}

/** A batch of one is a plain matrix: the 2-D product is faster and fuses with its bias. */
function squeezed(backend: TraceBackend, x: Info, batch: readonly number[]): Value {
  return backend.value(sizeOf(batch) === 1 ? reshaped(backend, x, x.shape.slice(-2)) : x);
}
