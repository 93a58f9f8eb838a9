import * as tf from '@tensorflow/tfjs';
import type { AlgorithmPlugin, Tensor } from '../../harness/index.js';
import type { NetworkModule } from '../../harness/policy/module.js';

export {
  bandit,
  type Bench,
  bench,
  toyLanguage,
  trainAll,
  withDefaults,
  type World,
} from '../../harness/conformance/bench.js';

/** Losses run eagerly on the pure TensorFlow.js backend in these tests. */
export const eagerly = (): Promise<boolean> => tf.setBackend('cpu').then(() => true);

export const vector = (...xs: number[]): Tensor => tf.tensor1d(xs);
export const values = (x: Tensor): number[] => Array.from(x.dataSync());

/** d(sum f)/dx at x, by TensorFlow.js. */
export const gradient = (f: (x: Tensor) => Tensor, x: number[]): number[] =>
  values(tf.grad((t) => tf.sum(f(t)))(tf.tensor1d(x)));

/**
 * The same by central differences. Float32 losses of size 1 carry errors of 1e-7, so a step of 1e-2 leaves
 * about 1e-5 of rounding and 1e-4 of curvature: compare to 3 digits.
 */
export function finiteDifferences(f: (x: Tensor) => Tensor, x: number[], step = 1e-2): number[] {
  const total = (at: number[]): number => values(f(tf.tensor1d(at))).reduce((a, b) => a + b, 0);
  return x.map(
    (_, i) =>
      (total(x.map((v, j) => (j === i ? v + step : v))) - total(x.map((v, j) => (j === i ? v - step : v)))) /
      (2 * step),
  );
}

/** The x that minimises a convex f of one number, by bisection on TensorFlow.js's gradient. */
export function minimiser(f: (x: Tensor) => Tensor, lo: number, hi: number): number {
  for (let i = 0; i < 40; i++) {
    const middle = (lo + hi) / 2;
    if (gradient(f, [middle])[0]! > 0) hi = middle;
    else lo = middle;
  }
  return (lo + hi) / 2;
}

/** Logits of a one-context table, up to a constant. */
export const tableOf = async (module: NetworkModule): Promise<number[]> =>
  Array.from((await module.body.read()).get('table')!);

/** A plugin typed with its own parameters, as the harness sees it. */
export const erased = (plugin: AlgorithmPlugin<never>): AlgorithmPlugin =>
  plugin as unknown as AlgorithmPlugin;

/** Probabilities of logits. */
export function softmax(logits: readonly number[]): number[] {
  const total = logits.reduce((sum, x) => sum + Math.exp(x), 0);
  return logits.map((x) => Math.exp(x) / total);
}
