import type { EvalRow } from '../../harness/store/records.js';
import { linearAt, meanOver, sharedRange } from '../../harness/stats/piecewise.js';
import { finals, klOf, normalisedGold, type Result, type Seed } from './runs.js';

/** A policy: its KL from the start in nats, and what is read at equal KL. */
export interface Point {
  readonly kl: number;
  readonly y: number;
}

/** Final policies of a stage's configurations, y the normalised gold reward, with the start at (0, 0). */
export const sweep = (seed: Seed, stage: string): Point[] => [
  { kl: 0, y: 0 },
  ...finals(seed, stage).map((run) => ({ kl: klOf(run.end), y: normalisedGold(seed, run) })),
];

/** One run in the order of its training, on validation prompts. */
export const trajectory = ({ curve }: Result, y: (row: EvalRow) => number): Point[] =>
  curve.map((row) => ({ kl: Math.max(0, klOf(row)), y: y(row) }));

/**
 * y at a KL, linear in sqrt(KL) between points (gold rises with sqrt(KL): Gao et al. 2023, arXiv:2210.10760);
 * NaN outside them.
 */
export function at(points: readonly Point[], kl: number): number {
  const sorted = points.toSorted((a, b) => a.kl - b.kl);
  const roots = sorted.map((point) => Math.sqrt(point.kl));
  const ys = sorted.map((point) => point.y);
  return linearAt(roots, ys, Math.sqrt(kl)) ?? Number.NaN;
}

/** The KL range that all reach; null where there is none. */
export const commonRange = (curves: readonly (readonly Point[])[]): readonly [number, number] | null =>
  sharedRange(curves.map((points) => points.map(({ kl }) => kl)));

/**
 * Mean of a minus b along sqrt(KL) over the common range: the area between the two. Null where they share no
 * range.
 */
export function areaBetween(a: readonly Point[], b: readonly Point[]): number | null {
  const range = commonRange([a, b]);
  if (range === null) return null;
  const [lo, hi] = range;
  return meanOver([Math.sqrt(lo), Math.sqrt(hi)], (root) => at(a, root ** 2) - at(b, root ** 2));
}

/** a minus b at the most KL that both reach. Null where they share no range. */
export function differenceAtMostKl(a: readonly Point[], b: readonly Point[]): number | null {
  const range = commonRange([a, b]);
  return range === null ? null : at(a, range[1]) - at(b, range[1]);
}

/** What a claim at equal KL compares, and over which range. */
export const NORMALISED =
  'gold reward as a share of the most that the exact frontier gives at any KL reached';
export const ALONG_KL = 'averaged along sqrt(KL) over the common range';
