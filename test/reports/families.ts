import type { Curve, FrontierPoint, SeedFamily } from '../../reports/frontier.js';
import type { Loaded } from '../../reports/loaded.js';
import type { Family } from '../../reports/matched.js';

export interface PointSketch {
  readonly kl: number;
  readonly gold: number;
  readonly proxy?: number | null;
  readonly win?: number | null;
  readonly flops?: number;
}

const point = ({ kl, gold, proxy = null, win = null, flops = 0 }: PointSketch): FrontierPoint => ({ root: Math.sqrt(kl), gold, proxy, win, flops, seconds: flops / 10 });

/** A family by hand: for every seed its configurations, for each its evaluations in the order of training, by rising KL. */
export function family(name: string, seeds: readonly (readonly (readonly PointSketch[])[])[]): Family {
  return {
    name,
    device: 'cpu',
    seeds: seeds.map((configurations, seed): SeedFamily => {
      const made = configurations.map((points, i): Curve & { entry: Loaded } => ({ variant: `${name}${i}`, entry: undefined as unknown as Loaded, trained: points.map(point), byKl: points.map(point) }));
      return { seed, configurations: made, curves: made, lo: Math.min(...made.map((c) => c.byKl[0]!.root)), hi: Math.max(...made.map((c) => c.byKl.at(-1)!.root)) };
    }),
  };
}

/** gold = slope sqrt(KL) + seed / 10 at these KLs. */
export const along = (name: string, slope: number, kls: readonly number[], seeds = 3): Family =>
  family(name, Array.from({ length: seeds }, (_, seed) => [kls.map((kl) => ({ kl, gold: slope * Math.sqrt(kl) + seed / 10, win: 0.5 + slope * Math.sqrt(kl) / 10 }))]));
