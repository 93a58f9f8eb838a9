import { ops, type Tensor } from '../../harness/index.js';
import { logRatios } from '../shared/pair-plugin.js';
import type { PairLogps } from '../shared/pairs.js';

/**
 * DPO (equation 7 of Rafailov et al. 2023, https://arxiv.org/abs/2305.18290) with a squared penalty on the
 * implicit reward
 *
 *   L_λ(π_θ; π_ref) = E_{(x,y_w,y_l)~D} [ −log σ(β h) + λ (β h)² ]
 *   h = log π_θ(y_w|x)/π_ref(y_w|x) − log π_θ(y_l|x)/π_ref(y_l|x)
 *
 *   log π(y|x) -> completion **sums** of token log-probabilities, nats;  β -> beta;  λ -> penalty
 *
 * Substituting r = β log π/π_ref in a Bradley-Terry loss with penalty λ d² gives exactly this: what the
 * penalty does to a reward model followed by exact RL, it does here. Departure: λ is in no paper on DPO;
 * λ = 0 is equation 7.
 *
 * At h = 0 the loss is log 2. Two outcomes with win frequency p: d = β h solves p − σ(d) = 2 λ d.
 * @param x [B] each
 * @returns [B] nats
 */
export function dpoPenaltyLoss(x: PairLogps, beta: number, penalty: number): Tensor {
  const d = ops.mul(logRatios(x).difference, beta); //                                       [B]
  return ops.add(ops.neg(ops.logSigmoid(d)), ops.mul(ops.square(d), penalty)); //            [B]
}
