/**
 * KL divergence between two lists of probabilities
 *
 *   KL(π ‖ π_ref) = Σ_y π(y) log( π(y)/π_ref(y) ),      0 where π(y) = 0
 *
 * @param policy π of each completion, summing to 1
 * @param reference π_ref of each completion, positive wherever π is
 * @returns nats; rounding can leave it just below 0
 */
export const listedKl = (policy: readonly number[], reference: readonly number[]): number =>
  policy.reduce((sum, q, i) => (q > 0 ? sum + q * Math.log(q / reference[i]!) : sum), 0);
