import { seedInterval, within } from '../../harness/stats/interval.js';
import { mean } from '../../harness/stats/moments.js';
import { seedTest } from '../../harness/stats/seed-test.js';
import { welch } from '../../harness/stats/welch.js';
import type { Change } from './model.js';

/**
 * One figure's values in a folder: by seed, then by prompt and sample. A figure of the whole run has the one
 * key ''.
 */
export type Values = ReadonlyMap<number, ReadonlyMap<string, number>>;

/** A change and its two-sided p-value; null where it cannot be had. */
interface Tested {
  readonly change: Change;
  readonly p: number | null;
}

/**
 * B minus A. Paired where every seed of the smaller side is on the other and shares prompts with it
 * (differences taken prompt by prompt, intervals as `seedInterval`); else Welch's interval over the seeds'
 * means. Null where a side has no value.
 * @param bounds the range that a difference cannot leave
 */
export function change(a: Values, b: Values, bounds?: readonly [number, number]): Tested | null {
  if (a.size === 0 || b.size === 0) return null;
  const shared = [...a.keys()].filter((seed) => b.has(seed)).sort((x, y) => x - y);
  const pairs = shared.map((seed) => [a.get(seed)!, b.get(seed)!] as const);
  const differences = pairs.map(([before, after]) => differencesOf(before, after));
  const paired = shared.length === Math.min(a.size, b.size) && differences.every(({ length }) => length > 0);
  if (!paired) return unpaired(a, b, bounds);
  const interval = seedInterval(differences, bounds)!;
  const byRun = pairs.every(([before]) => before.size === 1 && before.has(''));
  return {
    change: {
      a: mean(pairs.map(([before, after]) => sharedMean(before, after))),
      b: mean(pairs.map(([before, after]) => sharedMean(after, before))),
      difference: interval.mean,
      ci: interval.ci,
      pairing: byRun ? 'seed' : 'seed and prompt',
      seeds: [shared.length, shared.length],
    },
    p: seedTest(differences),
  };
}

type Prompts = ReadonlyMap<string, number>;

/** After minus before on the prompts that both have. */
const differencesOf = (before: Prompts, after: Prompts): Float64Array =>
  Float64Array.from(
    [...before].filter(([key]) => after.has(key)),
    ([key, value]) => after.get(key)! - value,
  );

/** Mean over the prompts that the other one has too. */
const sharedMean = (own: Prompts, other: Prompts): number =>
  mean([...own].flatMap(([key, value]) => (other.has(key) ? [value] : [])));

function unpaired(a: Values, b: Values, bounds?: readonly [number, number]): Tested {
  const [before, after] = [seedMeans(a), seedMeans(b)];
  const test = welch(before, after);
  return {
    change: {
      a: mean(before),
      b: mean(after),
      difference: mean(after) - mean(before),
      ci: test === null ? null : within(bounds, test.ci, mean(after) - mean(before)),
      pairing: 'unpaired',
      seeds: [a.size, b.size],
    },
    p: test?.p ?? null,
  };
}

const seedMeans = (values: Values): number[] => [...values.values()].map((seed) => mean([...seed.values()]));
