import { tune } from './families.js';
import type { Family, Gathered, Loaded } from './gather.js';
import { pairedGold, type PairedSamples } from './rows.js';

/** What meets head to head: one policy per seed, a variant's own or the one its family's tuning chose. */
export interface Entrant {
  readonly name: string;
  readonly family: string;
  readonly device: string;
  readonly entries: readonly Loaded[];
}

/** Up to so many variants all meet each other; beyond, only what tuning chose of each family does. */
export const ALL_MEET = 12;

/** A tuned family's name as an entrant; a family of one configuration is that configuration. */
export const tunedName = (family: string, variants: readonly string[]): string =>
  variants.length === 1 ? variants[0]! : `${family} (tuned)`;

/**
 * One entrant per family that has something to enter: its only configuration, or what tuning by proxy chose.
 */
export function familyEntrants(families: readonly Family[]): Entrant[] {
  return families.flatMap((family) => {
    const tuned = tune(family);
    return 'reason' in tuned
      ? []
      : [
          {
            name: tunedName(
              family.name,
              family.groups.map((g) => g.name),
            ),
            family: family.name,
            device: family.device,
            entries: tuned.choices.map(({ entry }) => entry),
          },
        ];
  });
}

/** Every variant where they are few, else `familyEntrants`. */
export function rankedEntrants({ groups, families }: Gathered): Entrant[] {
  if (groups.length > ALL_MEET) return familyEntrants(families);
  return groups.map(({ name, device, loaded }) => ({
    name,
    family: families.find((f) => f.groups.some((g) => g.name === name))!.name,
    device,
    entries: loaded,
  }));
}

/** Two entrants' samples, paired by seed, prompt and decoding randomness; seeds that both finished. */
export function pairedSamples(
  a: Entrant,
  b: Entrant,
): { readonly seed: number; readonly pair: PairedSamples }[] {
  const others = new Map(b.entries.map((entry) => [entry.seed, entry]));
  return a.entries.flatMap(({ seed, samples }) => {
    const other = others.get(seed);
    if (samples === null || other?.samples == null) return [];
    const pair = pairedGold(samples, other.samples);
    return pair.a.length === 0 ? [] : [{ seed, pair }];
  });
}
