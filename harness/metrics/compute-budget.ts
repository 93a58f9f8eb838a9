/** A trained policy as validation prompts and the ledger saw it. */
export interface Purchase {
  /** All that it takes to have it: its training, the rewards it used, what chose it. FLOPs or seconds. */
  readonly cost: number;
  /** What chooses: never the gold reward. */
  readonly score: number;
}

/**
 * The best single policy that a budget buys: the highest score among those that cost at most so much, the
 * cheaper one where two score alike. No mixtures: both would have to be trained.
 * @returns its index; null where the budget buys none, which is not the same as buying the start
 */
export function bestWithin(purchases: readonly Purchase[], budget: number): number | null {
  let best: number | null = null;
  for (const [i, { cost, score }] of purchases.entries()) {
    if (cost > budget) continue;
    const known = best === null ? null : purchases[best]!;
    if (known === null || score > known.score || (score === known.score && cost < known.cost)) best = i;
  }
  return best;
}

/** Between which budgets one becomes ahead of another for good. */
export interface Crossover {
  /** The last budget at which it is not ahead; null where it is ahead at the first. */
  readonly after: number | null;
  /** The first from which on it is; null where it is not ahead at the last. */
  readonly from: number | null;
}

/**
 * A crossover is known as closely as the budgets lie, never to a point.
 * @param budgets rising, at least one
 * @param leads of the one over the other at each budget
 */
export function crossover(budgets: readonly number[], leads: readonly number[]): Crossover {
  const last = leads.findLastIndex((lead) => !(lead > 0));
  return { after: last < 0 ? null : budgets[last]!, from: budgets[last + 1] ?? null };
}

/**
 * The number of answers from which on training is cheaper than drawing at every answer: N with N·drawn =
 * training + N·trained.
 * @param drawn cost of one answer of the sampler
 * @param training what was spent before the first answer, above the sampler's own
 * @param trained cost of one answer of the trained policy
 * @returns null where an answer of the sampler is no dearer
 */
export function breakEven(drawn: number, training: number, trained: number): number | null {
  return drawn > trained ? Math.max(0, training / (drawn - trained)) : null;
}
