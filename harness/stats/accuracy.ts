import type { Figure } from './interval.js';
import { mean } from './moments.js';
import { wilson } from './proportion.js';

/** How often something is right in one seed. */
export interface SeedAccuracy {
  /** In [0, 1]; a tie counts half. */
  readonly rate: number;
  /** Pairs that it was asked about. */
  readonly pairs: number;
}

/**
 * A share of pairs over seeds: Wilson's interval over all pairs, as if there were fewer of them by the factor
 * by which seeds differ more than their pairs allow (quasi-binomial, Wedderburn 1974,
 * https://doi.org/10.1093/biomet/61.3.439), never more. One seed: its pairs alone.
 * @returns null without pairs
 */
export function accuracyOverSeeds(all: readonly SeedAccuracy[]): Figure | null {
  const seeds = all.filter(({ pairs }) => pairs > 0);
  const pairs = seeds.reduce((sum, seed) => sum + seed.pairs, 0);
  if (pairs === 0) return null;
  const right = seeds.reduce((sum, seed) => sum + seed.pairs * seed.rate, 0);
  const pooled = right / pairs;
  const spread = seeds.reduce((sum, seed) => sum + seed.pairs * (seed.rate - pooled) ** 2, 0);
  const expected = pooled * (1 - pooled) * (seeds.length - 1);
  const fewer = Math.max(1, expected > 0 ? spread / expected : 1);
  const effective = Math.max(1, pairs / fewer);
  return {
    mean: mean(seeds.map(({ rate }) => rate)),
    ci: wilson(Math.min(effective, pooled * effective), effective),
    n: seeds.length,
  };
}
