import type { Rule } from './choosing.js';
import type { Family, Gathered, Loaded } from './gather.js';
import { type PairedSamples, pairedGold } from './rows.js';
import { tune } from './tuned.js';

/**
 * What meets head to head: one policy per seed, a variant's own or the one that its family's tuning chose.
 */
export interface Entrant {
  readonly name: string;
  readonly device: string;
  readonly entries: readonly Loaded[];
}

/** Up to so many variants all meet each other; beyond, only what tuning chose of each family does. */
export const ALL_MEET = 12;

/** A tuned family's name as an entrant; a family of one configuration is that configuration. */
export const tunedName = (family: string, variants: readonly string[]): string =>
  variants.length === 1 ? variants[0]! : `${family} (tuned)`;

/** One entrant per family that has something to enter: its only configuration, or what tuning chose. */
export function familyEntrants(families: readonly Family[], rule: Rule): Entrant[] {
  return families.flatMap(({ name, device, ...family }) => {
    const tuned = tune({ name, device, ...family }, rule);
    const variants = family.groups.map((group) => group.name);
    if ('reason' in tuned) return [];
    return [{ name: tunedName(name, variants), device, entries: tuned.choices.map(({ entry }) => entry) }];
  });
}

/** Every variant where they are few, else `familyEntrants`. */
export function entrants({ groups, families }: Gathered, rule: Rule): Entrant[] {
  if (groups.length > ALL_MEET) return familyEntrants(families, rule);
  return groups.map(({ name, device, loaded }) => ({ name, device, entries: loaded }));
}

/** Two entrants' samples, paired by seed, prompt and decoding randomness; seeds that both finished. */
export function pairedSamples(
  a: Entrant,
  b: Entrant,
): { readonly seed: number; readonly pair: PairedSamples; readonly entries: readonly [Loaded, Loaded] }[] {
  const others = new Map(b.entries.map((entry) => [entry.seed, entry]));
  return a.entries.flatMap((entry) => {
    const other = others.get(entry.seed);
    if (entry.samples === null || other?.samples == null) return [];
    const pair = pairedGold(entry.samples, other.samples);
    return pair.a.length === 0 ? [] : [{ seed: entry.seed, pair, entries: [entry, other] as const }];
  });
}
