import { meanMixture } from '../../harness/metrics/budget.js';
import type { Figure } from '../../harness/stats/interval.js';
import { type Cost, type Gathered, type Loaded, perSeed, total } from './gather.js';
import type { Pool, SeedPool } from './pools.js';

/** FLOPs of what a run adds: its training, and the rewards that it used or that chose it. */
export const costOf = ({ run }: Loaded, { costsOf, chooserCostOf }: Gathered): number =>
  total([...costsOf(run), ...chooserCostOf(run)]).flops;

/** FLOPs of runs of one seed together, what several of them share (a reward model) once. */
export function paidOnce(
  entries: readonly Loaded[],
  costsOf: (run: Loaded['run']) => readonly Cost[],
): number {
  const paid = new Map<string, number>();
  for (const { run } of entries) {
    const [own, ...shared] = costsOf(run);
    paid.set(run.spec.id, own!.flops);
    for (const { stage, flops } of shared) paid.set(stage, flops);
  }
  return [...paid.values()].reduce((sum, flops) => sum + flops, 0);
}

/** Of all that a union's mixtures use for budgets from 0 to `most` in one seed, and of what chose it. */
function usedIn(
  { candidates, entries }: SeedPool,
  most: number,
  { costsOf, chooserCostOf }: Gathered,
): number {
  const used = [...meanMixture(candidates, most).keys()].flatMap((i) => entries[i] ?? []);
  return paidOnce(used, (run) => [...costsOf(run), ...chooserCostOf(run)]);
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
