import { mean } from '../../harness/stats/moments.js';
import { locate, meanOver } from '../../harness/stats/piecewise.js';
import { goldOf, klOf, type Result, type Seed } from './runs.js';

/** A policy: its KL from the start in nats, and what is read at equal KL. */
export interface Point {
  readonly kl: number;
  readonly y: number;
}

/** Final policies of a stage's configurations, y the normalised gold reward, with the start at (0, 0). */
export const finals = (seed: Seed, stage: string): Point[] => [{ kl: 0, y: 0 }, ...seed.of(stage).flatMap(({ end }) => (end === null ? [] : [{ kl: klOf(end), y: (goldOf(end) - seed.start) / seed.unit }]))];

/** One run along its training on validation prompts. */
export const trajectory = ({ along }: Result, y: (row: Result['along'][number]) => number): Point[] => along.map((row) => ({ kl: Math.max(0, klOf(row)), y: y(row) }));

/** y at a KL, linear in sqrt(KL) between points (gold rises with sqrt(KL): Gao et al. 2023, arXiv:2210.10760); NaN outside them. */
export function at(points: readonly Point[], kl: number): number {
  const sorted = points.toSorted((a, b) => a.kl - b.kl);
  const found = locate(sorted.map((p) => Math.sqrt(p.kl)), Math.sqrt(kl));
  if (found === null) return Number.NaN;
  const [x, y] = [sorted[found.from]!.y, sorted[found.to]!.y];
  return x + found.share * (y - x);
}

/** The KL range that all reach; null where there is none. */
export function commonRange(curves: readonly (readonly Point[])[]): readonly [number, number] | null {
  if (curves.some((c) => c.length < 2)) return null;
  const lo = Math.max(...curves.map((c) => Math.min(...c.map((p) => p.kl))));
  const hi = Math.min(...curves.map((c) => Math.max(...c.map((p) => p.kl))));
  return hi > lo ? [lo, hi] : null;
}

/** Mean of a minus b over the common range, along sqrt(KL): the area between the two. Null where they share no range. */
export function areaBetween(a: readonly Point[], b: readonly Point[]): number | null {
  const range = commonRange([a, b]);
  if (range === null) return null;
  const [lo, hi] = range;
  return meanOver([Math.sqrt(lo), Math.sqrt(hi)], (root) => at(a, root ** 2) - at(b, root ** 2));
}

/** Least-squares slope of y on x; null for fewer than two different x. */
export function slope(points: readonly (readonly [number, number])[]): number | null {
  const [mx, my] = [mean(points.map(([x]) => x)), mean(points.map(([, y]) => y))];
  const spread = points.reduce((sum, [x]) => sum + (x - mx) ** 2, 0);
  return spread > 0 ? points.reduce((sum, [x, y]) => sum + (x - mx) * (y - my), 0) / spread : null;
}

/** Leaves out seeds of which a claim has nothing to say. */
export const measured = <T>(seeds: readonly T[], value: (seed: T) => number | null): number[] => seeds.flatMap((s) => { const v = value(s); return v !== null && Number.isFinite(v) ? [v] : []; });
