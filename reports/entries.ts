import { type Group, type Loaded, type Results, seedOf } from './loaded.js';
import { chosenOf } from './families.js';
import type { Family } from './matched.js';

/** What goes head to head: a label, or a family as tuned; a run a seed. */
export interface Entry {
  readonly name: string;
  readonly device: string;
  readonly bySeed: ReadonlyMap<number, Loaded>;
}

/** More labels than this are not set against each other one by one. */
export const MOST_LABELS = 12;

/** Every label, or, where there are too many for a table of all pairs, every family as tuned by proxy. */
export function entriesOf(families: readonly (Family & { readonly groups: readonly Group[] })[]): { entries: Entry[]; tuned: boolean } {
  const groups = families.flatMap((f) => f.groups);
  if (groups.length <= MOST_LABELS) return { entries: groups.map(({ name, device, loaded }) => ({ name, device, bySeed: new Map(loaded.map((l) => [seedOf(l), l])) })), tuned: false };
  return {
    entries: families.map(({ name, device, seeds }) => ({ name, device, bySeed: new Map(seeds.flatMap((s) => { const chosen = chosenOf(s); return chosen === null ? [] : [[s.seed, chosen.entry] as const]; })) })),
    tuned: true,
  };
}

/** The start of every seed, as an entry. Null where seeds have none. */
export function startEntry(entries: readonly Entry[], results: Results): Entry | null {
  const bySeed = new Map(entries.flatMap((e) => [...e.bySeed].flatMap(([seed, l]) => { const start = results.startOf(l.run); return start === null ? [] : [[seed, start] as const]; })));
  const first = [...bySeed.values()][0];
  return first === undefined ? null : { name: first.run.spec.label, device: entries[0]!.device, bySeed };
}
