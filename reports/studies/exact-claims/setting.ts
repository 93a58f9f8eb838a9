import type { ClaimRow } from '../../../harness/contracts/analysis.js';
import type { Rng } from '../../../harness/rng.js';

/** The betas (of IPO: the taus) that a claim about "every beta" is decided at. */
export const BETAS = [0.05, 0.1, 0.2, 0.5, 1, 2, 5];

/** Arms of a random world. */
export const ARMS = 8;

/** Wins of two arms of which the first always wins. */
export const CERTAIN = [
  [0, 1],
  [0, 0],
] as const;

export const uniform = (count: number): number[] => new Array<number>(count).fill(1 / count);

export const normals = (rng: Rng, count: number, scale: number): number[] =>
  Array.from({ length: count }, () => rng.normal() * scale);

/** What is measured in each of `count` random worlds; each world has a generator of its own. */
export const perWorld = (rng: Rng, count: number, measure: (own: Rng) => number): number[] =>
  Array.from({ length: count }, (_, world) => measure(rng.split(world)));

/** A row of this analysis; without an interval where nothing was sampled. */
export const claim = (
  row: Omit<ClaimRow, 'type' | 'ci' | 'n' | 'reported' | 'figure'> & Partial<Pick<ClaimRow, 'ci' | 'n'>>,
): ClaimRow => ({ type: 'claim', ci: null, n: 1, reported: null, figure: null, ...row });
