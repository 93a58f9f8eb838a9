import { wins } from '../../harness/metrics/win-rate.js';
import { figureOverSeeds } from '../../harness/stats/interval.js';
import { expectedBestOf } from '../../harness/stats/subsets.js';
import { mean } from '../../harness/stats/moments.js';
import { gridOf, meanOver } from '../../harness/stats/piecewise.js';
import { evaluationsOf } from './curves.js';
import { atRoot, commonRange, type FamilyFrontier } from './frontier.js';
import {
  type Family,
  type Gathered,
  type Loaded,
  NOT_NEGATIVE,
  pairedWithStart,
  perSeed,
  RATE,
} from './gather.js';
import type { FamilyRow } from '../report/algorithms.js';
import { preferredKl } from '../report/kl.js';
import { difference } from './rows.js';

/** Points of a frontier, evenly in sqrt(KL). */
const GRID = 24;

/** What tuning by proxy takes in each seed, or why it can take nothing. */
type Tuned =
  | { readonly choices: readonly { readonly variant: string; readonly entry: Loaded }[] }
  | { readonly reason: string };

/** Proxy reward of a run's last evaluation on validation prompts. */
const lastProxy = (entry: Loaded): number | null => evaluationsOf(entry).at(-1)?.proxyReward?.mean ?? null;

/** Each seed's configuration with the highest proxy; a family of one configuration has nothing to choose. */
export function tune({ groups }: Family): Tuned {
  const finished = groups.flatMap((group) =>
    group.loaded.map((entry) => ({ variant: group.name, entry, proxy: lastProxy(entry) })),
  );
  if (finished.length === 0) return { reason: 'no run finished' };
  if (groups.length > 1 && finished.some(({ proxy }) => proxy === null))
    return { reason: 'no proxy reward: configurations cannot be chosen without looking at gold' };
  const bySeed = new Map<number, (typeof finished)[number]>();
  for (const candidate of finished) {
    const best = bySeed.get(candidate.entry.seed);
    if (best === undefined || candidate.proxy! > best.proxy!) bySeed.set(candidate.entry.seed, candidate);
  }
  return { choices: [...bySeed.values()].sort((x, y) => x.entry.seed - y.entry.seed) };
}

/** @param frontiers of all families, this one's included */
export function familyRow(
  family: Family,
  gathered: Gathered,
  frontiers: readonly FamilyFrontier[],
): FamilyRow {
  const { groups, name, device } = family;
  const missing: string[] = [];
  const tuned = tune(family);
  if ('reason' in tuned) missing.push(`tuned: ${tuned.reason}`);
  const mine = frontiers.find((f) => f.name === name)!;
  const beside = frontiers.filter((f) => f.device === device && f.bySeed.size > 0);
  const bestOf = bestOfConfigurations(family);
  if (bestOf.length === 0 && groups.length > 1)
    missing.push('best of k: no seed finished every configuration with a gold and a proxy reward');
  const frontier = frontierRows(mine);
  if (frontier.length === 0)
    missing.push(
      mine.bySeed.size === 0
        ? 'frontier: no evaluation with gold reward and KL'
        : 'frontier: no KL that every seed reaches',
    );
  return {
    name,
    algorithm: groups[0]?.runs[0]?.spec.algorithm?.name ?? 'none',
    device,
    variants: groups.map((g) => g.name),
    tuned: 'reason' in tuned ? null : tunedFigures(tuned.choices, gathered),
    bestOf,
    tuningFlops: tuningFlops(family, gathered),
    frontier,
    area: area(mine, beside),
    dominated: dominated(
      mine,
      beside.filter((f) => f !== mine),
    ),
    missing,
  };
}

function tunedFigures(
  choices: readonly { readonly variant: string; readonly entry: Loaded }[],
  { startOf }: Gathered,
): FamilyRow['tuned'] {
  const entries = choices.map(({ entry }) => entry);
  const pairs = pairedWithStart(entries, startOf);
  return {
    choices: choices.map(({ variant, entry }) => ({ seed: entry.seed, variant })),
    goldReward: figureOverSeeds(
      entries.flatMap(({ samples }) => (samples?.gold == null ? [] : [samples.gold])),
    ),
    goldDifference: figureOverSeeds(pairs.map(difference)),
    winRate: figureOverSeeds(
      pairs.map(({ a, b }) => wins(a, b)),
      RATE,
    ),
    kl: perSeed(
      entries.map(({ evals }) => {
        const test = evals.find((row) => row.split === 'test');
        return test === undefined ? null : preferredKl(test.kl)?.mean;
      }),
      NOT_NEGATIVE,
    ),
  };
}

/**
 * Exact over all subsets of k configurations, chosen by proxy and worth their gold reward on test prompts; of
 * the seeds that finished all of them.
 */
function bestOfConfigurations({ groups }: Family): FamilyRow['bestOf'] {
  const bySeed = new Map<number, { readonly proxy: number; readonly gold: number }[]>();
  for (const entry of groups.flatMap((g) => g.loaded)) {
    const proxy = groups.length === 1 ? 0 : lastProxy(entry);
    if (proxy === null || entry.samples?.gold == null) continue;
    bySeed.set(entry.seed, [...(bySeed.get(entry.seed) ?? []), { proxy, gold: mean(entry.samples.gold) }]);
  }
  const whole = [...bySeed.values()]
    .filter((all) => all.length === groups.length)
    .map((all) => all.sort((x, y) => x.proxy - y.proxy).map(({ gold }) => gold));
  if (whole.length === 0) return [];
  return groups.map((_, i) => ({
    k: i + 1,
    goldReward: perSeed(whole.map((values) => expectedBestOf(values, i + 1)))!,
  }));
}

/** A reward that several configurations trained against is trained once. */
function tuningFlops({ groups }: Family, { costsOf }: Gathered): FamilyRow['tuningFlops'] {
  const bySeed = new Map<number, Map<string, number>>();
  for (const { run, seed } of groups.flatMap((g) => g.loaded)) {
    const paid = bySeed.get(seed) ?? new Map<string, number>();
    const [own, reward] = costsOf(run);
    paid.set(run.spec.id, own!.flops);
    if (reward !== undefined) paid.set(run.spec.inputs.reward!, reward.flops);
    bySeed.set(seed, paid);
  }
  return perSeed(
    [...bySeed.values()].map((paid) => [...paid.values()].reduce((a, b) => a + b, 0)),
    NOT_NEGATIVE,
  );
}

function frontierRows({ bySeed }: FamilyFrontier): FamilyRow['frontier'] {
  const seeds = [...bySeed.values()];
  const range = commonRange(seeds);
  if (range === null) return [];
  return gridOf(range, GRID).flatMap((root) => {
    const here = seeds.flatMap((seed) => atRoot(seed, root) ?? []);
    if (here.length < seeds.length) return [];
    const winRates = knownOfAll(here.map((point) => point.win));
    // At the start every seed's rate is one half by definition: it has no spread, and no interval.
    const bounds = winRates.every((rate) => rate === winRates[0]) ? undefined : RATE;
    return [
      {
        kl: root ** 2,
        goldReward: perSeed(here.map((point) => point.gold))!,
        winRate: perSeed(winRates, bounds),
        proxyReward: perSeed(knownOfAll(here.map((point) => point.proxy))),
      },
    ];
  });
}

/** Nothing where one is not known. */
const knownOfAll = (values: readonly (number | null)[]): readonly (number | null)[] =>
  values.includes(null) ? [] : values;

/**
 * From the start (KL 0, gain 0, whether or not the frontier has that point) to the KL that every family
 * reaches in every seed.
 */
function area(mine: FamilyFrontier, all: readonly FamilyFrontier[]): FamilyRow['area'] {
  const top = Math.min(...all.flatMap((f) => [...f.bySeed.values()].map(({ range }) => range[1])));
  const seeds = [...mine.bySeed.values()].filter(({ start, range }) => start !== null && range[0] <= top);
  if (seeds.length === 0 || !(top > 0)) return null;
  const gain = perSeed(
    seeds.map((seed) => {
      const lo = seed.range[0];
      // Gain per sqrt(KL) before the first point.
      const first = lo > 0 ? (atRoot(seed, lo)!.gold - seed.start!) / lo : 0;
      return meanOver([0, top], (root) =>
        root < lo ? first * root : (atRoot(seed, root)?.gold ?? Number.NaN) - seed.start!,
      );
    }),
  );
  return gain === null ? null : { kl: top ** 2, gain };
}

/** Share of a family's evaluations below what some other family has at their KL, per seed. */
function dominated({ bySeed }: FamilyFrontier, others: readonly FamilyFrontier[]): FamilyRow['dominated'] {
  return perSeed(
    [...bySeed].map(([seed, { paths }]) => {
      const rivals = others.flatMap((f) => f.bySeed.get(seed) ?? []);
      if (rivals.length === 0) return null;
      const points = paths.flat();
      const below = points.filter(({ root, gold }) =>
        rivals.some((rival) => (atRoot(rival, root)?.gold ?? Number.NEGATIVE_INFINITY) > gold),
      );
      return below.length / points.length;
    }),
    RATE,
  );
}
