import { ops, type Tensor } from '../../harness/index.js';
import { logRatios } from '../shared/pair-plugin.js';
import type { PairExample } from '../shared/pairs.js';

/**
 * NCA on pairs, Chen et al. 2024, https://arxiv.org/abs/2402.05369 (their pseudo-code for K = 2)
 *
 *   L = −E [ log σ(β a_w) + ½ log σ(−β a_w) + ½ log σ(−β a_l) ],      a = log π_θ(y|x)/π_ref(y|x)
 *
 * At a_w = a_l = 0 the loss is 2 log 2.
 * @returns [B] nats
 */
export function ncaLoss(x: PairExample, beta: number): Tensor {
  const a = logRatios(x);
  const [w, l] = [ops.mul(a.chosen, beta), ops.mul(a.rejected, beta)]; //                           [B], [B]
  const absolute = ops.add(ops.logSigmoid(ops.neg(w)), ops.logSigmoid(ops.neg(l))); //              [B]
  return ops.neg(ops.add(ops.logSigmoid(w), ops.mul(absolute, 0.5))); //                            [B]
}
