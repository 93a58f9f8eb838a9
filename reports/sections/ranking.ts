import { wins } from '../../harness/metrics/win-rate.js';
import { bradleyTerry } from '../../harness/stats/bradley-terry.js';
import { seedBootstrap } from '../../harness/stats/seed-bootstrap.js';
import { type Entrant, pairedSamples, rankedEntrants } from './entrants.js';
import type { Gathered, Loaded } from './gather.js';
import type { RankRow } from '../report/comparisons.js';

/**
 * Bradley-Terry strengths on the device with the most entrants, the start at 0, every seed weighing as many
 * comparisons as it made. Empty where no start is known, or where somebody never met the others.
 */
export function ranking(gathered: Gathered): RankRow[] {
  const all = rankedEntrants(gathered).filter(({ entries }) =>
    entries.some(({ samples }) => samples?.gold != null),
  );
  const device = mostCommon(all.map((e) => e.device));
  const entrants = all.filter((e) => e.device === device);
  const start = startEntrant(entrants, gathered);
  if (start === null) return [];
  const players = [start, ...entrants];
  const k = players.length;
  const seeds = [...new Set(entrants.flatMap(({ entries }) => entries.map(({ seed }) => seed)))].sort(
    (a, b) => a - b,
  );
  const bySeed = seeds.map(() => new Float64Array(k * k)); // wins of i over j at i k + j
  players.forEach((a, i) =>
    players.slice(i + 1).forEach((b, offset) => {
      const j = i + 1 + offset;
      for (const { seed, pair } of pairedSamples(a, b)) {
        const won = wins(pair.a, pair.b).reduce((sum, w) => sum + w, 0);
        const table = bySeed[seeds.indexOf(seed)]!;
        table[i * k + j] = won;
        table[j * k + i] = pair.a.length - won;
      }
    }),
  );
  const strengths = (drawn: Uint32Array): number[] => {
    const total = new Float64Array(k * k);
    for (const s of drawn) for (let at = 0; at < total.length; at++) total[at] = total[at]! + bySeed[s]![at]!;
    return (
      bradleyTerry(players.map((_, i) => Array.from(total.subarray(i * k, (i + 1) * k)))) ??
      players.map(() => Number.NaN)
    );
  };
  const theta = strengths(Uint32Array.from(seeds.keys()));
  if (theta.some(Number.isNaN)) return [];
  const ci = seedBootstrap(bySeed, seeds.length, strengths);
  return players
    .map(({ name }, i) => ({ name, theta: { mean: theta[i]!, ci: ci[i]!, n: seeds.length } }))
    .sort((x, y) => y.theta.mean - x.theta.mean)
    .map((row, i) => ({ rank: i + 1, ...row }));
}

/** The starting policies of the entrants as a player; they all have one start a seed. */
function startEntrant(entrants: readonly Entrant[], { startOf }: Gathered): Entrant | null {
  const bySeed = new Map<number, Loaded>();
  for (const entry of entrants.flatMap((e) => e.entries)) {
    const start = startOf(entry);
    if (start?.samples?.gold != null && !bySeed.has(entry.seed))
      bySeed.set(entry.seed, { ...start, seed: entry.seed });
  }
  const first = bySeed.values().next().value;
  return first === undefined
    ? null
    : {
        name: first.run.spec.label,
        family: first.run.spec.stage,
        device: entrants[0]!.device,
        entries: [...bySeed.values()],
      };
}

function mostCommon(values: readonly string[]): string | undefined {
  const counts = new Map<string, number>();
  for (const v of values) counts.set(v, (counts.get(v) ?? 0) + 1);
  return [...counts].sort(([, a], [, b]) => b - a)[0]?.[0];
}
