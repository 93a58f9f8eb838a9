import { writeJsonAtomic } from '../store/atomic.js';
import { storePaths } from '../store/layout.js';
import type { FamilyCost } from './costs.js';
import type { Family } from './family.js';
import type { ChoosingRule } from './measure.js';
import type { Allowance, Found } from './search.js';
import { isDropped, type Place, type Space } from './trials.js';

/** What tuning came to. */
export interface Tuning {
  readonly dir: string;
  readonly by: ChoosingRule;
  readonly seeds: readonly number[];
  readonly allowance: Allowance;
  readonly families: readonly TunedFamily[];
  /** What the stages cost that all families build on. */
  readonly shared: FamilyCost;
}

/** A family, what was tried of it, and the grid that came of it. */
export interface TunedFamily extends Found {
  readonly family: Family;
  readonly cost: FamilyCost;
  /** What whoever reads the grid should know, a sentence each. */
  readonly notes: readonly string[];
}

/** Values by the names of their parameters. */
export const valuesAt = (place: Place, { strength, rate }: Space): Record<string, number> => ({
  ...(strength === null ? {} : { [strength.parameter]: strength.at(place.strength)! }),
  ...(rate === null ? {} : { [rate.parameter]: rate.at(place.rate)! }),
});

/** What a stage is to sweep: parameter -> values, rising; null where no grid was found. */
export function sweepOf({ family: { space }, grid }: TunedFamily): Record<string, number[]> | null {
  if (grid === null) return null;
  const { strength, rate } = space;
  return {
    ...(strength === null ? {} : { [strength.parameter]: grid.strengths.map((i) => strength.at(i)!) }),
    ...(rate === null ? {} : { [rate.parameter]: grid.rates.map((i) => rate.at(i)!) }),
  };
}

/** What tuning came to as records for scripts: one a family, then what it was done with. */
export function recordsOf({ dir, by, seeds, allowance, families, shared }: Tuning): object[] {
  const own = families.map((tuned) => ({
    type: 'family',
    stage: tuned.family.stage,
    sweep: sweepOf(tuned),
    candidates: tuned.trials.all.map(({ place, share, result }) => ({
      ...valuesAt(place, tuned.family.space),
      share,
      ...(isDropped(result)
        ? { dropped: result.dropped }
        : { ...result, worth: tuned.trials.worth(place, share) }),
    })),
    cost: tuned.cost,
    notes: tuned.notes,
  }));
  return [...own, { type: 'tuning', dir, by, seeds, allowance, shared }];
}

/** Keeps the records beside the runs. */
export const keepRecords = (tuning: Tuning): void =>
  writeJsonAtomic(storePaths(tuning.dir).proposal, recordsOf(tuning));
