import { chosenOf } from './families.js';
import { type Group, type Loaded, type Results, seedOf } from './loaded.js';
import type { Family } from './matched.js';

/** What goes head to head: a run a seed. */
export interface Entry {
  readonly name: string;
  readonly device: string;
  readonly bySeed: ReadonlyMap<number, Loaded>;
}

/** Every family as tuned by proxy, or its only configuration; one that cannot be tuned comes with all its labels. */
export function entriesOf(families: readonly (Family & { readonly groups: readonly Group[] })[]): Entry[] {
  return families.flatMap(({ name, device, groups, seeds }): Entry[] => {
    const chosen = seeds.map((s) => ({ seed: s.seed, at: chosenOf(s) }));
    if (groups.length > 1 && chosen.length > 0 && chosen.every(({ at }) => at !== null)) return [{ name, device, bySeed: new Map(chosen.map(({ seed, at }) => [seed, at!.entry])) }];
    return groups.map((g) => ({ name: g.name, device: g.device, bySeed: new Map(g.loaded.map((l) => [seedOf(l), l])) }));
  });
}

/** The start of every seed, as an entry. Null where seeds have none. */
export function startEntry(entries: readonly Entry[], results: Results): Entry | null {
  const bySeed = new Map(entries.flatMap((e) => [...e.bySeed].flatMap(([seed, l]) => { const start = results.startOf(l.run); return start === null ? [] : [[seed, start] as const]; })));
  const first = [...bySeed.values()][0];
  return first === undefined ? null : { name: first.run.spec.label, device: entries[0]!.device, bySeed };
}
