import * as tf from '@tensorflow/tfjs';
import type { Tensor } from '../ops.js';
import { isTracing } from '../trace/active.js';
import { customGrad, type Grad, runFused, type Save } from './fused.js';

/** c and a of GELU's argument c (x + a x^3). */
const GELU_FACTOR = Math.sqrt(2 / Math.PI);
const GELU_CUBIC = 0.044715;
/**
 * The arrays inside hold GELU's input times this. It is a power of two, so that it costs no rounding, and the
 * matrix products on both sides multiply it in. It makes the polynomial of x^2 one clipped line of (16 x)^2
 * that stays below 1 until |x| = 14 (its derivative's until 8), where the sigmoid is 0 or 1 to the last bit.
 */
const STRETCH = 16;
/** With h = STRETCH x: 2u = h (LINEAR + CUBIC h^2), and its derivative by h is LINEAR + SLOPE h^2. */
const LINEAR = (2 * GELU_FACTOR) / STRETCH;
const CUBIC = (2 * GELU_FACTOR * GELU_CUBIC) / STRETCH ** 3;
const SLOPE = (6 * GELU_FACTOR * GELU_CUBIC) / STRETCH ** 3;

/**
 * Linear, GELU, linear: x [N, D], [D, F], [F], [F, D], [D] -> [N, D]. GELU in its tanh form (`gelu_new`;
 * Hendrycks & Gimpel 2016, arXiv:1606.08415). Where no gradient is taken it is one operator of onnxruntime's;
 * else it is written as x sigma(2u), u = c (x + a x^3), whose parts the gradient needs.
 */
export function feedForward(
  x: Tensor,
  inner: Tensor,
  innerBias: Tensor,
  outer: Tensor,
  outerBias: Tensor,
): Tensor {
  if (isTracing() && !isDifferentiated()) {
    const y = runFused('TiltyardGelu', { x: tf.matMul(x, inner), bias: innerBias }) as Tensor;
    return tf.add(tf.matMul(y, outer), outerBias);
  }
  return customGrad((...args) => {
    const [x, inner, innerBias, outer, outerBias, save] = args as [
      Tensor,
      Tensor,
      Tensor,
      Tensor,
      Tensor,
      Save,
    ];
    const h = tf.add(stretched(tf.matMul(x, inner)), stretched(innerBias)); // [N, F]
    const h2 = tf.mul(h, h);
    const s = tf.sigmoid(tf.mul(h, clippedLine(h2, CUBIC, LINEAR)));
    const y = tf.mul(h, s);
    save([x, inner, outer, h2, s, y]);
    const gradFunc: Grad = (dy, saved) => {
      const [x, inner, outer, h2, s, y] = saved as [Tensor, Tensor, Tensor, Tensor, Tensor, Tensor];
      // d/dh [h s] = s + h s (1 - s) 2u' = s + (y - y s) 2u'
      const twiceSlope = clippedLine(h2, SLOPE, LINEAR);
      const behind = tf.matMul(dy, outer, false, true);
      const dh = tf.mul(behind, tf.add(s, tf.mul(tf.sub(y, tf.mul(y, s)), twiceSlope)));
      // behind stands for d(h s) / STRETCH and dh for d(h) / STRETCH: it cancels but for the matrix behind y.
      return [
        tf.matMul(dh, inner, false, true),
        tf.matMul(x, dh, true, false),
        tf.sum(dh, 0),
        shrunk(tf.matMul(y, dy, true, false)),
        tf.sum(dy, 0),
      ];
    };
    return { value: tf.add(shrunk(tf.matMul(y, outer)), outerBias), gradFunc };
  })(x, inner, innerBias, outer, outerBias);
}

/** GELU in the same form by itself, element by element: x [N, F] -> [N, F]. */
export function gelu(x: Tensor): Tensor {
  if (isTracing() && !isDifferentiated())
    return runFused('TiltyardGelu', { x, bias: tf.zeros([x.shape.at(-1)!]) }) as Tensor;
  return customGrad((...args) => {
    const [x, save] = args as [Tensor, Save];
    const h = stretched(x); // [N, F]
    const h2 = tf.mul(h, h);
    const s = tf.sigmoid(tf.mul(h, clippedLine(h2, CUBIC, LINEAR)));
    const y = tf.mul(h, s);
    save([h2, s, y]);
    const gradFunc: Grad = (dy, saved) => {
      const [h2, s, y] = saved as [Tensor, Tensor, Tensor];
      return tf.mul(dy, tf.add(s, tf.mul(tf.sub(y, tf.mul(y, s)), clippedLine(h2, SLOPE, LINEAR))));
    };
    return { value: shrunk(y), gradFunc };
  })(x);
}

/** Whether a gradient may be asked for of what is computed now. */
const isDifferentiated = (): boolean => tf.engine().isTapeOn();

const stretched = (x: Tensor): Tensor => tf.mul(x, tf.scalar(STRETCH));
const shrunk = (x: Tensor): Tensor => tf.mul(x, tf.scalar(1 / STRETCH));

/** min(1, max(0, a x + b)). */
const clippedLine = (x: Tensor, a: number, b: number): Tensor =>
  isTracing()
    ? (runFused('TiltyardClippedLine', { x }, { a, b }) as Tensor)
    : tf.clipByValue(tf.add(tf.mul(x, tf.scalar(a)), tf.scalar(b)), 0, 1);
