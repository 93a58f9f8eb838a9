import { ops, type Tensor } from '../../harness/index.js';
import { logRatios } from '../shared/pair-plugin.js';
import type { PairExample } from '../shared/pairs.js';

/**
 * Length-normalised DPO as used by Lambert et al. 2024 (Tulu 3), https://arxiv.org/abs/2411.15124
 *
 *   L = −E [ log σ( β/|y_w| a_w − β/|y_l| a_l ) ],      a = log π_θ(y|x)/π_ref(y|x)
 *
 *   |y| -> completion tokens, end token included
 *
 * The margin is in nats per token, so β is wanted larger by about a completion's length (the paper uses 5).
 * At a_w = a_l = 0 the loss is log 2.
 * @returns [B] nats
 */
export function sigmoidNormLoss(x: PairExample, beta: number): Tensor {
  const a = logRatios(x);
  const h = ops.sub(ops.div(a.chosen, x.lengthChosen), ops.div(a.rejected, x.lengthRejected)); // [B]
  return ops.neg(ops.logSigmoid(ops.mul(h, beta))); //                                           [B]
}
