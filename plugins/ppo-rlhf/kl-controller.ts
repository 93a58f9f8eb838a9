import { TiltyardError } from '../../harness/index.js';

/**
 * The adaptive controller of Ziegler et al. 2019, section 2.2, https://arxiv.org/abs/1909.08593
 *
 *   e = clip(KL/target − 1, −0.2, 0.2),      β ← β (1 + e n/horizon)
 *
 * @param kl mean over completions of the KL summed over tokens, nats; not a token mean, which is shorter by
 * the length
 * @throws TiltyardError where n > 5 horizon could turn β negative
 */
export function adaptedCoefficient(
  beta: number,
  kl: number,
  nSamples: number,
  target: number,
  horizon: number,
): number {
  if (nSamples >= 5 * horizon) {
    const problem = `ppo-rlhf: klHorizon ${horizon} is too short for ${nSamples} samples an iteration`;
    throw new TiltyardError('kl-horizon', `${problem}; raise it above ${nSamples / 5}`);
  }
  const error = Math.min(0.2, Math.max(-0.2, kl / target - 1));
  return beta * (1 + (error * nSamples) / horizon);
}
