import { seedInterval } from '../../harness/stats/interval.js';
import { mean } from '../../harness/stats/moments.js';
import { seedTest } from '../../harness/stats/seed-test.js';
import { welch } from '../../harness/stats/welch.js';
import type { Change } from './model.js';

/** One figure's values in a folder: by seed, then by prompt and sample. A figure of the whole run has the one key ''. */
export type Values = ReadonlyMap<number, ReadonlyMap<string, number>>;

/**
 * B minus A. Paired where every seed of the smaller side is on the other and shares prompts with it (differences taken prompt by
 * prompt, intervals as `seedInterval`); else Welch's interval over the seeds' means. Null where a side has no value.
 * @returns the change and its two-sided p-value
 */
export function change(a: Values, b: Values): { readonly change: Change; readonly p: number | null } | null {
  if (a.size === 0 || b.size === 0) return null;
  const shared = [...a.keys()].filter((seed) => b.has(seed)).sort((x, y) => x - y);
  const differences = shared.map((seed) => {
    const [x, y] = [a.get(seed)!, b.get(seed)!];
    return Float64Array.from([...x.keys()].filter((key) => y.has(key)), (key) => y.get(key)! - x.get(key)!);
  });
  const paired = shared.length === Math.min(a.size, b.size) && differences.every((d) => d.length > 0);
  if (paired) {
    const found = seedInterval(differences)!;
    const [x, y] = [a, b].map((side) => seedMeans(side, shared, (key, seed) => a.get(seed)!.has(key) && b.get(seed)!.has(key)));
    const byRun = shared.every((seed) => a.get(seed)!.size === 1 && a.get(seed)!.has(''));
    return { change: { a: mean(x!), b: mean(y!), difference: found.mean, ci: found.ci, pairing: byRun ? 'seed' : 'seed and prompt', seeds: [shared.length, shared.length] }, p: seedTest(differences) };
  }
  const [x, y] = [seedMeans(a, [...a.keys()]), seedMeans(b, [...b.keys()])];
  const test = welch(x, y);
  return { change: { a: mean(x), b: mean(y), difference: mean(y) - mean(x), ci: test?.ci ?? null, pairing: 'unpaired', seeds: [a.size, b.size] }, p: test?.p ?? null };
}

const seedMeans = (values: Values, seeds: readonly number[], keep: (key: string, seed: number) => boolean = () => true): number[] =>
  seeds.map((seed) => mean([...values.get(seed)!].flatMap(([key, x]) => (keep(key, seed) ? [x] : []))));
