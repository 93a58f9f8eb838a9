import { seedInterval } from '../harness/stats/interval.js';

/** A figure over pipeline seeds: mean, 95 % interval (null where none can be given), number of seeds. */
export interface Figure {
  readonly mean: number;
  readonly ci: readonly [number, number] | null;
  readonly n: number;
}

/** @param perSeed values by seed, then by prompt (already paired where they are differences) */
export function figureOverSeeds(perSeed: readonly ArrayLike<number>[], bounds?: readonly [number, number]): Figure | null {
  const interval = seedInterval(perSeed.map((v) => Float64Array.from(v)), bounds);
  return interval === null ? null : { mean: interval.mean, ci: interval.ci, n: interval.n };
}
