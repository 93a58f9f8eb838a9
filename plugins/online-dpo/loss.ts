import { ops, type Tensor } from '../../harness/index.js';
import { logRatios } from '../shared/pair-plugin.js';
import type { PairLogps } from '../shared/pairs.js';

/**
 * DPO on the policy's own completions, algorithm 1 of Guo et al. 2024, https://arxiv.org/abs/2402.04792, with
 * the loss of DPO
 *
 *   L(π_θ; π_ref) = −E_{x, y₁,y₂~π_θ(·|x)} [
 *     log σ( β log π_θ(y⁺|x)/π_ref(y⁺|x) − β log π_θ(y⁻|x)/π_ref(y⁻|x) ) ]
 *
 *   y⁺, y⁻: y₁, y₂ in the order that the reward gives them -> chosen, rejected
 *   log π(y|x) -> completion **sums**, nats;  β -> beta
 *
 * No gradient flows through the sampling or the order. At h = 0 the loss is log 2; two equal completions have
 * h = 0 for every θ, so they move nothing.
 * @param x [B] each
 * @returns [B] nats
 */
export const onlineDpoLoss = (x: PairLogps, beta: number): Tensor =>
  ops.neg(ops.logSigmoid(ops.mul(logRatios(x).difference, beta))); // [B]
