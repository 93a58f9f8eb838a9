import { ops, type Tensor } from '../../harness/index.js';
import { logRatios } from '../shared/pair-plugin.js';
import type { PairExample } from '../shared/pairs.js';

/**
 * APO, D'Oosterlinck et al. 2024, https://arxiv.org/abs/2408.06266
 *
 *   zero  L = E [ 1 − σ(β a_w) + σ(β a_l) ]
 *   down  L = E [ σ(β a_w) + 1 − σ(β (a_w − a_l)) ],      a = log π_θ(y|x)/π_ref(y|x)
 *
 * At a_w = a_l = 0 both are 1.
 * @returns [B]
 */
export function apoLoss(x: PairExample, beta: number, anchor: 'zero' | 'down'): Tensor {
  const a = logRatios(x);
  const w = ops.sigmoid(ops.mul(a.chosen, beta)); //                             [B]
  if (anchor === 'zero') return ops.add(ops.sub(1, w), ops.sigmoid(ops.mul(a.rejected, beta))); // [B]
  return ops.add(w, ops.sub(1, ops.sigmoid(ops.mul(a.difference, beta)))); //     [B]
}
