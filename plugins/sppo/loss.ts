import { ops, type Tensor } from '../../harness/index.js';
import { logRatios } from '../shared/pair-plugin.js';
import type { PairExample } from '../shared/pairs.js';

/**
 * SPPO with hard labels, Wu et al. 2024, https://arxiv.org/abs/2405.00675: its squared loss with win
 * probabilities 1 and 0
 *
 *   L = E [ (a_w − 1/(2β))² + (a_l + 1/(2β))² ],      a = log π_θ(y|x)/π_ref(y|x)
 *
 *   β -> beta, the inverse of the paper's η
 *
 * At a_w = a_l = 0 the loss is 1/(2β²).
 * @returns [B] nats²
 */
export function sppoLoss(x: PairExample, beta: number): Tensor {
  const a = logRatios(x);
  const target = 1 / (2 * beta);
  return ops.add(ops.square(ops.sub(a.chosen, target)), ops.square(ops.add(a.rejected, target))); // [B]
}
