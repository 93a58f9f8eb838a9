import { ops, type Tensor } from '../../harness/index.js';
import type { PairExample } from './pairs.js';

/**
 * The expectation of a loss over labels that are not certain: p l(w, l) + (1 − p) l(l, w).
 * @param loss [B], of pairs as they stand
 * @param chances p of each pair, [B]: that its chosen side is the better one
 * @returns [B]; where p is 1, the loss itself
 */
export function overLabels(loss: (x: PairExample) => Tensor, x: PairExample, chances: Tensor): Tensor {
  const turned: PairExample = {
    policyChosen: x.policyRejected,
    policyRejected: x.policyChosen,
    referenceChosen: x.referenceRejected,
    referenceRejected: x.referenceChosen,
    lengthChosen: x.lengthRejected,
    lengthRejected: x.lengthChosen,
  };
  return ops.add(ops.mul(chances, loss(x)), ops.mul(ops.sub(1, chances), loss(turned))); // [B]
}
