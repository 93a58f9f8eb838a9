import { listedKl } from '../shared/kl.js';

/**
 * The optimum of the KL-regularised objective, Rafailov et al. 2023, equation 4,
 * https://arxiv.org/abs/2305.18290, over completions that stand for the reference: all of them with their
 * probabilities, or n draws with 1/n each.
 *
 *   π*(y|x) = π_ref(y|x) exp(r(x,y)/β) / Z(x),      KL(π* ‖ π_ref) = Σ_y π*(y|x) log( π*(y|x)/π_ref(y|x) )
 *
 * @param reference π_ref of each completion, summing to 1
 * @returns π* of each completion, summing to 1, and the KL in nats (of draws: at most log n, and too low by
 * about one over twice their effective number)
 */
export function tilted(
  reference: readonly number[],
  rewards: readonly number[],
  beta: number,
): { policy: number[]; kl: number } {
  const top = rewards.reduce(
    (max, r, i) => (reference[i]! > 0 && r > max ? r : max),
    Number.NEGATIVE_INFINITY,
  );
  const weights = reference.map((p, i) => (p > 0 ? p * Math.exp((rewards[i]! - top) / beta) : 0));
  const total = weights.reduce((a, b) => a + b, 0);
  const policy = weights.map((w) => w / total);
  return { policy, kl: Math.max(0, listedKl(policy, reference)) };
}
