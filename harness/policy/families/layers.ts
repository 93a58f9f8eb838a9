import * as ops from '../../engine/ops.js';
import type { Tensor } from '../../engine/ops.js';
import type { HostTensor } from '../../engine/tensor.js';
import { TiltyardError } from '../../errors.js';
import type { Rng } from '../../rng.js';
import type { Weights } from '../architecture.js';
import { adapted } from '../lora/adapted.js';
import { gaussian } from '../parts.js';

/** y = x W^T, plus b where there is one: x [N, in], `name`.weight [out, in] -> [N, out]. */
export function linear(w: Weights, x: Tensor, name: string, bias: boolean): Tensor {
  const y = adapted(w, x, name, ops.matmul(x, w[`${name}.weight`]!, false, true));
  return bias ? ops.add(y, w[`${name}.bias`]!) : y;
}

/** x / sqrt(mean(x^2) + epsilon) over the last axis (Zhang & Sennrich 2019, arXiv:1910.07467, eq. 4). */
export const rmsNormed = (x: Tensor, epsilon: number): Tensor =>
  ops.div(x, ops.sqrt(ops.add(ops.mean(ops.square(x), -1, true), epsilon)));

/** RMS norm times its weight. */
export const rmsNorm = (w: Weights, x: Tensor, name: string, epsilon: number): Tensor =>
  ops.mul(rmsNormed(x, epsilon), w[`${name}.weight`]!);

/** x sigma(2u), u = sqrt(2 / pi) (x + .044715 x^3): GELU by its tanh form (arXiv:1606.08415). */
function tanhGelu(x: Tensor): Tensor {
  const factor = 2 * Math.sqrt(2 / Math.PI);
  const slope = ops.add(ops.mul(ops.square(x), factor * 0.044715), factor);
  return ops.mul(x, ops.sigmoid(ops.mul(x, slope)));
}
const silu = (x: Tensor): Tensor => ops.mul(x, ops.sigmoid(x));
const gelu = (x: Tensor): Tensor => ops.mul(x, ops.add(ops.mul(ops.erf(ops.mul(x, Math.SQRT1_2)), 0.5), 0.5));

/** Activations by the names that `transformers` gives them. */
export const ACTIVATIONS: Readonly<Record<string, (x: Tensor) => Tensor>> = {
  silu,
  swish: silu,
  gelu,
  gelu_new: tanhGelu,
  gelu_pytorch_tanh: tanhGelu,
  gelu_fast: tanhGelu,
  relu: ops.relu,
};

/** SwiGLU and its kin (Shazeer 2020, arXiv:2002.05202): down(act(gate(x)) * up(x)). */
export function gatedFeedForward(
  w: Weights,
  x: Tensor,
  at: string,
  activation: string,
  bias: boolean,
): Tensor {
  const gate = ACTIVATIONS[activation]!(linear(w, x, `${at}.gate_proj`, bias));
  return linear(w, ops.mul(gate, linear(w, x, `${at}.up_proj`, bias)), `${at}.down_proj`, bias);
}

/** An array of a network, and how it begins where it is not read. */
export interface ArraySpec {
  readonly name: string;
  readonly shape: readonly number[];
  /** Standard deviation of normal numbers, or the number that all are. */
  readonly init: { readonly std: number } | { readonly fill: number };
}

const STD = 0.02;
/** A weight matrix, and its bias where there is one. */
export const matrix = (name: string, out: number, input: number, bias = false): ArraySpec[] => [
  { name: `${name}.weight`, shape: [out, input], init: { std: STD } },
  ...(bias ? [{ name: `${name}.bias`, shape: [out], init: { fill: 0 } }] : []),
];
/** The weight of a norm. */
export const vector = (name: string, size: number, fill: number): ArraySpec => ({
  name,
  shape: [size],
  init: { fill },
});

/** The arrays as they begin. */
export const initialised = (arrays: readonly ArraySpec[], rng: Rng): Map<string, HostTensor> =>
  new Map(
    arrays.map(({ name, shape, init }) => {
      if ('std' in init)
        return [name, { shape, data: gaussian(rng.split(name.replace(/\.weight$/, '')), shape, init.std) }];
      return [
        name,
        { shape, data: new Float32Array(shape.reduce((size, n) => size * n, 1)).fill(init.fill) },
      ];
    }),
  );

/** @throws TiltyardError for a size that is no whole number above 0 */
export function checkSizes(family: string, sizes: Readonly<Record<string, number>>): void {
  for (const [name, value] of Object.entries(sizes))
    if (!Number.isInteger(value) || value < 1)
      throw new TiltyardError('llama-shape', `${family}: ${name} must be a positive integer, got ${value}`);
}
