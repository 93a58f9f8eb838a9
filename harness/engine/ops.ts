import * as tf from '@tensorflow/tfjs';
import type { Tensor } from './tensor-type.js';

export type { Tensor } from './tensor-type.js';

/**
 * The one facade over TensorFlow.js. Losses, models and optimisers are written with these functions only,
 * once; an engine then runs them eagerly or traces them to a graph. Shapes are static; tensors are float32
 * unless said.
 */
tf.enableProdMode();

type Operand = Tensor | number;

const lift = (x: Operand): Tensor => (typeof x === 'number' ? tf.scalar(x) : x);

/** a + b, broadcast. */
export const add = (a: Operand, b: Operand): Tensor => tf.add(lift(a), lift(b));
/** a - b, broadcast. */
export const sub = (a: Operand, b: Operand): Tensor => tf.sub(lift(a), lift(b));
/** a b element by element, broadcast. */
export const mul = (a: Operand, b: Operand): Tensor => tf.mul(lift(a), lift(b));
/** a / b, broadcast. */
export const div = (a: Operand, b: Operand): Tensor => tf.div(lift(a), lift(b));
/** The smaller of a and b, broadcast. */
export const minimum = (a: Operand, b: Operand): Tensor => tf.minimum(...aligned(lift(a), lift(b)));
/** The larger of a and b, broadcast. */
export const maximum = (a: Operand, b: Operand): Tensor => tf.maximum(...aligned(lift(a), lift(b)));
/**
 * Both at their common shape: TensorFlow.js's gradients of minimum and maximum do not sum over what was
 * broadcast.
 */
function aligned(a: Tensor, b: Tensor): [Tensor, Tensor] {
  const shape = tf.backend_util.assertAndGetBroadcastShape(a.shape, b.shape);
  const at = (x: Tensor): Tensor =>
    tf.util.arraysEqual(x.shape, shape) ? x : tf.add(x, tf.zeros(shape, x.dtype as 'float32'));
  return [at(a), at(b)];
}
/** -x. */
export const neg = (x: Tensor): Tensor => tf.neg(x);
/** e to the x. */
export const exp = (x: Tensor): Tensor => tf.exp(x);
/** Natural logarithm. */
export const log = (x: Tensor): Tensor => tf.log(x);
/** |x|; gradient sign(x), and -1 at 0 as in TensorFlow.js. */
export const abs = (x: Tensor): Tensor => tf.abs(x);
/** x squared. */
export const square = (x: Tensor): Tensor => tf.mul(x, x);
/** Square root. */
export const sqrt = (x: Tensor): Tensor => tf.sqrt(x);
/** 1 / (1 + e^-x). */
export const sigmoid = (x: Tensor): Tensor => tf.sigmoid(x);
/** Hyperbolic tangent. */
export const tanh = (x: Tensor): Tensor => tf.tanh(x);
/** The error function of the normal distribution. */
export const erf = (x: Tensor): Tensor => tf.erf(x);
/** log(1 + e^x), without overflow. */
export const softplus = (x: Tensor): Tensor => tf.softplus(x);
/** log sigma(x), without overflow at either end. */
export const logSigmoid = (x: Tensor): Tensor => tf.neg(tf.softplus(tf.neg(x)));
/** max(0, x). */
export const relu = (x: Tensor): Tensor => tf.relu(x);
/** Gradient 1 inside [lo, hi], 0 outside. */
export const clip = (x: Tensor, lo: number, hi: number): Tensor => tf.clipByValue(x, lo, hi);

/** Sum over the axes (default all). */
export const sum = (x: Tensor, axis?: number | number[], keepDims = false): Tensor =>
  tf.sum(x, axis, keepDims);
/** Mean over the axes (default all). */
export const mean = (x: Tensor, axis?: number | number[], keepDims = false): Tensor =>
  tf.mean(x, axis, keepDims);
/** Largest over the axes (default all). */
export const max = (x: Tensor, axis?: number | number[], keepDims = false): Tensor =>
  tf.max(x, axis, keepDims);
/** Mean of x over the entries where mask is 1. */
export const maskedMean = (x: Tensor, mask: Tensor): Tensor =>
  tf.div(tf.sum(tf.mul(x, mask)), tf.maximum(tf.sum(mask), tf.scalar(1)));

/** The same numbers, row-major, under another shape. */
export const reshape = (x: Tensor, shape: readonly number[]): Tensor => tf.reshape(x, shape as number[]);
/** Axes in the order of perm; default reversed. */
export const transpose = (x: Tensor, perm?: readonly number[]): Tensor =>
  tf.transpose(x, perm as number[] | undefined);
/** The block of the given size that starts at begin. */
export const slice = (x: Tensor, begin: readonly number[], size: readonly number[]): Tensor =>
  tf.slice(x, begin as number[], size as number[]);
/** xs one after another along an axis. */
export const concat = (xs: readonly Tensor[], axis = 0): Tensor => tf.concat(xs as Tensor[], axis);
/** Splits the first axis in two equal halves: a stacked pair batch into chosen and rejected. */
export function halves(x: Tensor): [Tensor, Tensor] {
  const [first, second] = tf.split(x, 2, 0);
  return [first!, second!];
}
/** Rows of x [N, ...] at int32 indices. */
export const gather = (x: Tensor, indices: Tensor, axis = 0): Tensor =>
  tf.gather(x, indices as tf.Tensor1D, axis);

/** x [N], largest first; gradients follow each number to its place. */
export const sortDescending = (x: Tensor): Tensor =>
  (
    tf.customGrad(((x: Tensor, save: (saved: Tensor[]) => void) => {
      const { values, indices } = tf.topk(x, x.shape[0]!, true);
      save([indices]);
      return {
        value: values,
        gradFunc: (dy: Tensor, [places]: Tensor[]) =>
          tf.unsortedSegmentSum(dy, places as tf.Tensor1D, x.shape[0]!),
      };
    }) as never) as (x: Tensor) => Tensor
  )(x);

/** 1.0 where a > b, else 0.0. Not differentiable. */
export const greater = (a: Operand, b: Operand): Tensor => compared(tf.greater)(lift(a), lift(b));
/** 1.0 where a >= b, else 0.0. Not differentiable. */
export const greaterEqual = (a: Operand, b: Operand): Tensor => compared(tf.greaterEqual)(lift(a), lift(b));
/**
 * TensorFlow.js has no gradient for comparisons and looks for one even where nothing flows back: give it
 * zeros.
 */
const compared = (compare: (a: Tensor, b: Tensor) => Tensor): ((a: Tensor, b: Tensor) => Tensor) =>
  tf.customGrad(((a: Tensor, b: Tensor) => ({
    value: tf.cast(compare(a, b), 'float32'),
    gradFunc: () => [tf.zeros(a.shape), tf.zeros(b.shape)],
  })) as never) as (a: Tensor, b: Tensor) => Tensor;

/** Identity whose gradient is 0. */
export const stopGradient = (x: Tensor): Tensor => constantOf(x);
const constantOf = tf.customGrad(((x: Tensor) => ({
  value: tf.clone(x),
  gradFunc: (dy: Tensor) => tf.zerosLike(dy),
})) as never) as (x: Tensor) => Tensor;

/** Matrix product over the last two axes; a 2-D or equally batched pair. */
export const matmul = (a: Tensor, b: Tensor, transposeA = false, transposeB = false): Tensor =>
  tf.matMul(a, b, transposeA, transposeB);
/** Softmax over the last axis. */
export const softmax = (x: Tensor): Tensor => tf.softmax(x);
/** int32 [N] -> float32 [N, depth]: 1 at the index, else 0. Not differentiable. */
export const oneHot = (indices: Tensor, depth: number): Tensor =>
  tf.cast(tf.oneHot(indices as tf.Tensor1D, depth), 'float32');
/** Fixed numbers, row-major. */
export const constant = (values: Float32Array | Int32Array, shape: readonly number[]): Tensor =>
  tf.tensor(values, shape as number[], values instanceof Int32Array ? 'int32' : 'float32');
/** An int32 scalar. */
export const int = (value: number): Tensor => tf.scalar(value, 'int32');
/** int32 0..n-1. */
export const range = (n: number): Tensor =>
  tf.tensor1d(
    Int32Array.from({ length: n }, (_, i) => i),
    'int32',
  );
/** Zeros appended to the middle axis of [A, P, D] up to length n. */
export const padMiddle = (x: Tensor, n: number): Tensor =>
  tf.pad(x, [
    [0, 0],
    [0, n - x.shape[1]!],
    [0, 0],
  ]);
