import * as ops from '../../engine/ops.js';
import type { Tensor } from '../../engine/ops.js';
import type { Weights } from '../architecture.js';

/** The two matrices of an adapter, by the names that PEFT has for them: A [r, in] and B [out, r]. */
export const matricesOf = (module: string): { readonly a: string; readonly b: string } => ({
  a: `${module}.lora_A.weight`,
  b: `${module}.lora_B.weight`,
});

/** Whether weights hold an adapter of a module. */
export const isAdapted = (w: Weights, module: string): boolean => w[matricesOf(module).a] !== undefined;

/**
 * y plus what the module's adapter adds where it has one, x A^T B^T: x [N, in], y [N, out]. A is scaled
 * already.
 */
export function adapted(w: Weights, x: Tensor, module: string, y: Tensor): Tensor {
  if (!isAdapted(w, module)) return y;
  const { a, b } = matricesOf(module);
  return ops.add(y, ops.matmul(ops.matmul(x, w[a]!, false, true), w[b]!, false, true));
}
