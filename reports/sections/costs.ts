import { meanMixture } from '../../harness/metrics/budget.js';
import type { Figure } from '../../harness/stats/interval.js';
import { type Gathered, type Loaded, perSeed, total } from './gather.js';
import type { Pool, SeedPool } from './pools.js';

/** FLOPs of what a run adds: its training, and the rewards that it used or that chose it. */
export const costOf = ({ run }: Loaded, { costsOf, chooserCostOf }: Gathered): number =>
  total([...costsOf(run), ...chooserCostOf(run)]).flops;

/**
 * FLOPs of all runs that a union's mixtures use for budgets from 0 to `most` in one seed, what they share (a
 * reward model) once.
 */
function usedIn(seed: SeedPool, most: number, { costsOf, chooserCostOf }: Gathered): number {
  const paid = new Map<string, number>();
  for (const [i] of meanMixture(seed.candidates, most)) {
    const entry = seed.entries[i];
    if (entry === null || entry === undefined) continue;
    const [own, ...shared] = costsOf(entry.run);
    paid.set(entry.run.spec.id, own!.flops);
    for (const { stage, flops } of [...shared, ...chooserCostOf(entry.run)]) paid.set(stage, flops);
  }
  return [...paid.values()].reduce((sum, flops) => sum + flops, 0);
}

/** Cost of what a uses over that of what b uses, per seed; null where one costs nothing. */
export function costRatio(a: Pool, b: Pool, most: number, gathered: Gathered): Figure | null {
  return perSeed(
    [...a.bySeed].map(([seed, ofA]) => {
      const ofB = b.bySeed.get(seed);
      const below = ofB === undefined ? 0 : usedIn(ofB, most, gathered);
      const above = usedIn(ofA, most, gathered);
      return below > 0 && above > 0 ? above / below : null;
    }),
    [0, Number.POSITIVE_INFINITY],
  );
}
