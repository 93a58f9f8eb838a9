import type { EvalRow } from '../harness/store/records.js';
import { type Loaded, type Results, seedOf } from './loaded.js';
import { preferredKl } from './model.js';

/** One evaluation on validation prompts. `root` is sqrt(KL), which gains are about linear in near the start (Gao et al. 2023, arXiv:2210.10760). */
export interface FrontierPoint {
  readonly root: number;
  readonly gold: number;
  readonly win: number | null;
  readonly proxy: number | null;
  /** Charged training so far, the reward's whole training included from the first step on. */
  readonly flops: number;
  readonly seconds: number;
}

/** A configuration of one seed: its evaluations in the order of training, and the same by rising KL. */
export interface Curve {
  readonly variant: string;
  readonly trained: readonly FrontierPoint[];
  readonly byKl: readonly FrontierPoint[];
}

/** A family of one seed. */
export interface SeedFamily {
  readonly seed: number;
  readonly configurations: readonly { readonly variant: string; readonly entry: Loaded; readonly trained: readonly FrontierPoint[] }[];
  /** What a frontier is read off: a curve for every trained configuration; configurations that are single points make one together. */
  readonly curves: readonly Curve[];
  /** KL range that some curve covers. */
  readonly lo: number;
  readonly hi: number;
}

/**
 * The configurations of a family in one seed. A policy before its first step is the start, at no cost and KL 0; a sampler, which
 * has no training, gets that point from the runs that started where it did.
 */
export function seedFamily(entries: readonly { readonly variant: string; readonly entry: Loaded }[], results: Results, origins: ReadonlyMap<string, FrontierPoint>): SeedFamily | null {
  const configurations = entries.map(({ variant, entry }) => {
    const charged = results.costsOf(entry.run).slice(1).reduce((sum, c) => ({ flops: sum.flops + c.flops, seconds: sum.seconds + c.seconds }), { flops: 0, seconds: 0 });
    const own = entry.evals.flatMap((e): FrontierPoint[] => {
      const kl = preferredKl(e.kl);
      if (e.split !== 'validation' || kl === null || e.goldReward === null) return [];
      const cost = isStart(e) ? { flops: 0, seconds: 0 } : { flops: charged.flops + e.flops, seconds: charged.seconds + e.clock.trainSeconds };
      // An estimate of KL below 0 is noise around 0.
      return [{ root: Math.sqrt(Math.max(0, kl.mean)), gold: e.goldReward.mean, win: e.winRate?.mean ?? null, proxy: e.proxyReward?.mean ?? null, ...cost }];
    });
    const origin = origins.get(originKey(entry));
    return { variant, entry, trained: own.length === 1 && own[0]!.flops > 0 && origin !== undefined ? [origin, ...own] : own };
  }).filter(({ trained }) => trained.length > 0);
  if (configurations.length === 0) return null;
  const samplers = configurations.filter(({ entry }) => entry.evals.some((e) => e.kl.sampler !== null));
  const trained = configurations.filter((c) => !samplers.includes(c));
  const curves = trained.map((c): Curve => ({ ...c, byKl: sorted(c.trained) }));
  if (samplers.length > 0) {
    const points = [...samplers[0]!.trained.slice(0, -1), ...samplers.map((c) => c.trained.at(-1)!)];
    curves.push({ variant: samplers.map((c) => c.variant).join(', '), trained: points, byKl: sorted(points) });
  }
  return { seed: seedOf(configurations[0]!.entry), configurations, curves, lo: Math.min(...curves.map((c) => c.byKl[0]!.root)), hi: Math.max(...curves.map((c) => c.byKl.at(-1)!.root)) };
}

const isStart = (e: EvalRow): boolean => e.step === 0 && e.kl.sampler === null;
const originKey = ({ run }: Loaded): string => `${run.spec.seed} ${run.spec.inputs.start ?? ''}`;

/** The start as trained runs evaluate it before their first step, by seed and start. */
export function originsOf(entries: readonly Loaded[]): Map<string, FrontierPoint> {
  const out = new Map<string, FrontierPoint>();
  for (const entry of entries) {
    const first = entry.evals.find((e) => e.split === 'validation' && isStart(e));
    if (first?.goldReward != null && !out.has(originKey(entry))) {
      out.set(originKey(entry), { root: 0, gold: first.goldReward.mean, win: first.winRate?.mean ?? null, proxy: first.proxyReward?.mean ?? null, flops: 0, seconds: 0 });
    }
  }
  return out;
}

/**
 * The family's point at sqrt(KL) = root: of the configurations whose curve covers it, linear in between, the one with the highest proxy
 * reward there: choosing by gold would report maxima. Where there is no proxy, the cheapest. Null where none covers it.
 */
export function frontierAt({ curves }: SeedFamily, root: number): FrontierPoint | null {
  let best: FrontierPoint | null = null;
  for (const { byKl } of curves) {
    if (root < byKl[0]!.root || root > byKl.at(-1)!.root) continue;
    const here = interpolated(byKl, root);
    if (best === null || better(here, best)) best = here;
  }
  return best;
}

const better = (a: FrontierPoint, b: FrontierPoint): boolean => (a.proxy !== null && b.proxy !== null ? a.proxy > b.proxy : a.flops < b.flops);

/** What a budget buys: the last evaluation it paid for. The first point costs nothing. */
export function withinBudget(trained: readonly FrontierPoint[], budget: number, unit: 'flops' | 'seconds'): FrontierPoint {
  let last = trained[0]!;
  for (const point of trained) if (point[unit] <= budget) last = point;
  return last;
}

/** Points by rising sqrt(KL), equal ones averaged. */
function sorted(points: readonly FrontierPoint[]): FrontierPoint[] {
  const rising = [...points].sort((x, y) => x.root - y.root);
  const out: FrontierPoint[] = [];
  for (let i = 0; i < rising.length; ) {
    let j = i;
    while (j < rising.length && rising[j]!.root === rising[i]!.root) j++;
    out.push(mixed(rising.slice(i, j), new Array<number>(j - i).fill(1 / (j - i))));
    i = j;
  }
  return out;
}

function interpolated(points: readonly FrontierPoint[], root: number): FrontierPoint {
  const after = points.findIndex((p) => p.root >= root);
  if (after <= 0) return (after === 0 ? points[0] : points.at(-1))!;
  const [x, y] = [points[after - 1]!, points[after]!];
  const share = (root - x.root) / (y.root - x.root);
  return mixed([x, y], [1 - share, share]);
}

function mixed(points: readonly FrontierPoint[], weights: readonly number[]): FrontierPoint {
  const average = (of: (p: FrontierPoint) => number): number => points.reduce((sum, p, i) => sum + weights[i]! * of(p), 0);
  const known = (of: (p: FrontierPoint) => number | null): number | null => (points.every((p) => of(p) !== null) ? average((p) => of(p)!) : null);
  return { root: average((p) => p.root), gold: average((p) => p.gold), win: known((p) => p.win), proxy: known((p) => p.proxy), flops: average((p) => p.flops), seconds: average((p) => p.seconds) };
}
