import { ops, type Tensor } from '../../harness/index.js';
import { logRatios } from '../shared/pair-plugin.js';
import type { PairExample } from '../shared/pairs.js';

/**
 * BCO on pairs, Jung et al. 2024, https://arxiv.org/abs/2404.04656: chosen and rejected are told
 * apart one by one
 *
 *   L = −E [ log σ(β a_w) + log σ(−β a_l) ],      a = log π_θ(y|x)/π_ref(y|x)
 *
 * At a_w = a_l = 0 the loss is 2 log 2.
 * @returns [B] nats
 */
export function bcoLoss(x: PairExample, beta: number): Tensor {
  const a = logRatios(x);
  return ops.neg(
    ops.add(ops.logSigmoid(ops.mul(a.chosen, beta)), ops.logSigmoid(ops.mul(a.rejected, -beta))),
  ); // [B]
}
