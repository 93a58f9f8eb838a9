import type { Rule } from './choosing.js';
import { scoreOf } from './choosing.js';
import type { Family, Loaded } from './gather.js';

/** What tuning takes in each seed whatever its KL, or why it can take nothing. */
type Tuned =
  | { readonly choices: readonly { readonly variant: string; readonly entry: Loaded }[] }
  | { readonly reason: string };

/** Each seed's configuration with the highest score; a family of one configuration has nothing to choose. */
export function tune({ groups }: Family, rule: Rule): Tuned {
  const finished = groups.flatMap((group) =>
    group.loaded.map((entry) => ({ variant: group.name, entry, score: scoreOf(rule, entry) })),
  );
  if (finished.length === 0) return { reason: 'no run finished' };
  if (groups.length > 1 && finished.some(({ score }) => score === null))
    return { reason: `no score by ${rule}: configurations cannot be chosen without looking at gold` };
  const bySeed = new Map<number, (typeof finished)[number]>();
  for (const candidate of finished) {
    const best = bySeed.get(candidate.entry.seed);
    if (best === undefined || candidate.score! > best.score!) bySeed.set(candidate.entry.seed, candidate);
  }
  return { choices: [...bySeed.values()].sort((x, y) => x.entry.seed - y.entry.seed) };
}
