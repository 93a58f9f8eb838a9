import type { HostTensor } from '../../engine/tensor.js';
import { type Adapter, scalingOf } from './adapter.js';
import { matricesOf } from './adapted.js';

/**
 * The matrix W + alpha / r B A of a module, as W lies: what PEFT's merge_and_unload writes. Sums are taken in
 * float64 and rounded once; where an adapter adds nothing, W stays as it is to the bit.
 */
function merged(
  weight: Float32Array,
  a: Float32Array,
  b: Float32Array,
  { input, output }: { readonly input: number; readonly output: number },
  { rank, scaling, fanInFanOut }: { rank: number; scaling: number; fanInFanOut: boolean },
): Float32Array {
  const out = weight.slice();
  const row = new Float64Array(input);
  for (let o = 0; o < output; o++) {
    row.fill(0);
    for (let r = 0; r < rank; r++) {
      const factor = scaling * b[o * rank + r]!;
      if (factor === 0) continue;
      for (let i = 0; i < input; i++) row[i]! += factor * a[r * input + i]!;
    }
    for (let i = 0; i < input; i++) {
      const at = fanInFanOut ? i * output + o : o * input + i;
      if (row[i] !== 0) out[at] = out[at]! + row[i]!;
    }
  }
  return out;
}

/**
 * Arrays of a body with its adapters merged into them; those that are not adapted are the arrays given.
 * @param body arrays by name
 * @param matrices A and B of each module
 * @param fanInFanOut whether arrays of the body are [in, out]
 */
export function mergedBody(
  body: ReadonlyMap<string, Float32Array>,
  { spec, modules }: Pick<Adapter, 'spec' | 'modules'>,
  matrices: ReadonlyMap<string, Float32Array>,
  fanInFanOut: boolean,
): Map<string, Float32Array> {
  const out = new Map(body);
  const how = { rank: spec.rank, scaling: scalingOf(spec), fanInFanOut };
  for (const module of modules) {
    const [name, { a, b }] = [`${module.name}.weight`, matricesOf(module.name)];
    out.set(name, merged(body.get(name)!, matrices.get(a)!, matrices.get(b)!, module, how));
  }
  return out;
}

/** The same where arrays have their shapes with them. */
export function mergedArrays(
  body: ReadonlyMap<string, HostTensor>,
  adapter: Pick<Adapter, 'spec' | 'modules'>,
  matrices: ReadonlyMap<string, HostTensor>,
  fanInFanOut: boolean,
): Map<string, HostTensor> {
  const numbers = (arrays: ReadonlyMap<string, HostTensor>): Map<string, Float32Array> =>
    new Map([...arrays].map(([name, { data }]) => [name, data as Float32Array]));
  const found = mergedBody(numbers(body), adapter, numbers(matrices), fanInFanOut);
  return new Map([...body].map(([name, { shape }]) => [name, { shape, data: found.get(name)! }]));
}
