import { mean } from '../../harness/stats/moments.js';
import type { Gathered, Group } from './gather.js';
import { pairedGold } from './rows.js';

/** Mean gold reward on test prompts of a policy and of its start, one number per seed. */
interface SeedMeans {
  readonly own: Float64Array;
  readonly start: Float64Array;
}

/** Every variant's per-seed means, and what a gain is measured by. */
export interface Scores {
  readonly of: ReadonlyMap<string, SeedMeans>;
  /**
   * Gain of the best compared mean over the start, per device: 1 of the normalised scale. Not positive:
   * nobody gained, and there is no scale.
   */
  readonly scale: ReadonlyMap<string, number>;
}

const gains = ({ own, start }: SeedMeans): Float64Array => own.map((x, i) => x - start[i]!);

export function scores({ groups, startOf }: Gathered): Scores {
  const of = new Map(groups.map((group) => [group.name, seedMeans(group, startOf)]));
  const scale = new Map<string, number>();
  for (const { name, device } of groups) {
    const gain = mean(gains(of.get(name)!));
    if (Number.isFinite(gain)) scale.set(device, Math.max(gain, scale.get(device) ?? gain));
  }
  return { of, scale };
}

function seedMeans({ loaded }: Group, startOf: Gathered['startOf']): SeedMeans {
  const pairs = loaded.flatMap((entry) => {
    const start = startOf(entry);
    if (entry.samples === null || start?.samples == null) return [];
    const { a, b } = pairedGold(entry.samples, start.samples);
    return a.length === 0 ? [] : [[mean(a), mean(b)] as const];
  });
  return { own: Float64Array.from(pairs, ([a]) => a), start: Float64Array.from(pairs, ([, b]) => b) };
}

/**
 * Scores of a variant's seeds, 0 the start of the same seed and 1 a gain as large as the best compared
 * mean's; null where there is no scale.
 */
export function normalised({ of, scale }: Scores, { name, device }: Group): Float64Array | null {
  const unit = scale.get(device);
  const found = of.get(name)!;
  return unit === undefined || unit <= 0 || found.own.length === 0
    ? null
    : gains(found).map((gain) => gain / unit);
}
