import { DRAWS } from '../../harness/stats/bootstrap.js';
import { fastIndex, rngFromData } from '../../harness/stats/data-rng.js';
import type { Figure } from '../../harness/stats/interval.js';
import { mean } from '../../harness/stats/moments.js';
import { pairedTest } from '../../harness/stats/paired.js';
import { evaluationsOf, isStart, startGold } from './curves.js';
import type { Entrant } from './entrants.js';
import { type Gathered, type Loaded, pairsOf, perSeed, total } from './gather.js';
import { withHolm } from './matched.js';
import type { ComputeComparison } from '../report/comparisons.js';

/** Gold reward (and win rate against the start) from this cost on. */
interface Stair {
  readonly flops: number;
  readonly seconds: number;
  readonly gold: number;
  readonly win: number | null;
}

/**
 * One family's seeds: what it has at each charged cost, by rising cost; the first stair costs nothing and is
 * the start.
 */
export interface Staircases {
  readonly name: string;
  readonly device: string;
  readonly bySeed: ReadonlyMap<number, readonly Stair[]>;
}

const BUDGETS = 16;
/** Budgets at which a crossover is looked for. */
const FINE = 64;

/**
 * What each seed's configuration (the one tuning chose) has at each cost: its own training (or a sampler's
 * draws for the prompts it is judged on) and its reward's, which is paid before the first step. Until its
 * first evaluation it has the start.
 */
export function staircases({ name, device, entries }: Entrant, gathered: Gathered): Staircases {
  const bySeed = new Map<number, readonly Stair[]>();
  for (const entry of entries) {
    const found = stairs(entry, gathered);
    if (found !== null) bySeed.set(entry.seed, found);
  }
  return { name, device, bySeed };
}

function stairs(entry: Loaded, { startOf, costsOf }: Gathered): Stair[] | null {
  const rows = evaluationsOf(entry).filter((e) => e.goldReward !== null && !isStart(e));
  const start = startGold(entry, startOf);
  if (start === null) return null;
  const reward = total(costsOf(entry.run).slice(1));
  return [
    { flops: 0, seconds: 0, gold: start, win: 0.5 },
    ...rows.map((e) => ({
      flops: e.flops + reward.flops,
      seconds: e.clock.trainSeconds + reward.seconds,
      gold: e.goldReward!.mean,
      win: e.winRate?.mean ?? null,
    })),
  ];
}

/** Every pair of families on one device that share a seed. */
export const matchedCompute = (all: readonly Staircases[]): ComputeComparison[] =>
  withHolm(pairsOf(all).flatMap(([a, b]) => atEqualCompute(a, b) ?? []));

type Side = 'a' | 'b';
type Unit = 'flops' | 'seconds';

/** One seed of both. */
type StairPair = Readonly<Record<Side, readonly Stair[]>>;

/** Where both are at one budget in one seed. */
type Both = Readonly<Record<Side, Stair>>;

/**
 * Two families at equal training cost. `adjustedP` is not adjusted yet.
 * @returns null where they share no seed, or one costs nothing, which no budget can equal
 */
function atEqualCompute(a: Staircases, b: Staircases): ComputeComparison | null {
  const pairs = sharedSeeds(a, b);
  if (pairs.length === 0) return null;
  const names = { a: a.name, b: b.name };
  const wholeCost = (side: Side, unit: Unit): number => mean(pairs.map((pair) => pair[side].at(-1)![unit]));
  if (wholeCost('a', 'flops') === 0 || wholeCost('b', 'flops') === 0) return null;
  const cheaper = wholeCost('a', 'flops') <= wholeCost('b', 'flops') ? 'a' : 'b';
  const quicker = wholeCost('a', 'seconds') <= wholeCost('b', 'seconds') ? 'a' : 'b';
  const dearer = cheaper === 'a' ? 'b' : 'a';
  const from = Math.max(...pairs.flatMap((pair) => [pair.a[1]!.flops, pair.b[1]!.flops]));
  const to = Math.max(from, ...pairs.map((pair) => pair[dearer].at(-1)!.flops));
  const cheaperCost = wholeCost(cheaper, 'flops');
  const [atFlops, atSeconds] = [atWholeCost(pairs, cheaper, 'flops'), atWholeCost(pairs, quicker, 'seconds')];
  const fine = geometric(from, to, FINE);
  return {
    ...names,
    adjustedP: pairedTest(goldDifferences(atFlops)),
    budgets: geometric(from, to, BUDGETS).map((flops) => ({
      flops,
      goldDifference: perSeed(goldDifferences(pairs.map((pair) => atBudget(pair, 'flops', flops))))!,
    })),
    atCheaper: {
      flops: cheaperCost,
      seconds: wholeCost(quicker, 'seconds'),
      cheaper: names[cheaper],
      goldDifference: perSeed(goldDifferences(atFlops))!,
      winRateDifference: winRateDifference(atFlops),
      goldDifferenceAtSeconds: perSeed(goldDifferences(atSeconds))!,
      winRateDifferenceAtSeconds: winRateDifference(atSeconds),
    },
    crossover: {
      dearer: names[dearer],
      upTo: to / cheaperCost,
      ...crossover(
        pairs.map((pair) => fine.map((flops) => lead(atBudget(pair, 'flops', flops), dearer, cheaper))),
        fine.map((flops) => flops / cheaperCost),
      ),
    },
  };
}

/** The seeds in which both were evaluated beyond the start. */
function sharedSeeds(a: Staircases, b: Staircases): StairPair[] {
  return [...a.bySeed].flatMap(([seed, ofA]) => {
    const ofB = b.bySeed.get(seed);
    return ofB !== undefined && ofA.length > 1 && ofB.length > 1 ? [{ a: ofA, b: ofB }] : [];
  });
}

/** The last stair that the budget pays for. */
const affordable = (stairs: readonly Stair[], unit: Unit, budget: number): Stair =>
  stairs.findLast((stair) => stair[unit] <= budget) ?? stairs[0]!;

const atBudget = (pair: StairPair, unit: Unit, budget: number): Both => ({
  a: affordable(pair.a, unit, budget),
  b: affordable(pair.b, unit, budget),
});

/** Each seed at that seed's own whole cost of one side: paired. */
const atWholeCost = (pairs: readonly StairPair[], side: Side, unit: Unit): Both[] =>
  pairs.map((pair) => atBudget(pair, unit, pair[side].at(-1)![unit]));

const lead = (both: Both, first: Side, second: Side): number => both[first].gold - both[second].gold;
const goldDifferences = (seeds: readonly Both[]): number[] => seeds.map((both) => lead(both, 'a', 'b'));

/** Null where a seed has no win rate. */
function winRateDifference(seeds: readonly Both[]): Figure | null {
  if (seeds.some(({ a, b }) => a.win === null || b.win === null)) return null;
  return perSeed(seeds.map(({ a, b }) => a.win! - b.win!));
}

/** Budgets from and to, each the same multiple of the one before. */
function geometric(from: number, to: number, n: number): number[] {
  if (from === to || from <= 0) return [to];
  const between = (i: number): number => from * (to / from) ** (i / (n - 1));
  return Array.from({ length: n }, (_, i) => (i === 0 ? from : i === n - 1 ? to : between(i)));
}

/**
 * First of the budgets from which on the mean difference stays above 0, and its 95 % percentile interval over
 * resampled seeds (too short for fewer than about ten seeds; null for one). A draw that never crosses counts
 * as beyond every budget.
 * @param differences [seeds][budgets] dearer minus cheaper
 * @param multiples [budgets] rising
 */
function crossover(
  differences: readonly (readonly number[])[],
  multiples: readonly number[],
): Pick<ComputeComparison['crossover'], 'multiple' | 'ci'> {
  const n = differences.length;
  const crossing = (seeds: Uint32Array): number => {
    let at = multiples.length;
    for (; at > 0; at--) {
      let sum = 0;
      for (const s of seeds) sum += differences[s]![at - 1]!;
      if (!(sum > 0)) break;
    }
    return multiples[at] ?? Number.POSITIVE_INFINITY;
  };
  const finite = (x: number): number | null => (Number.isFinite(x) ? x : null);
  const multiple = finite(crossing(Uint32Array.from({ length: n }, (_, i) => i)));
  if (n < 2) return { multiple, ci: null };
  const rng = rngFromData(
    differences.map((d) => Float64Array.from(d)),
    'crossover',
  );
  const seeds = new Uint32Array(n);
  const draws = Float64Array.from({ length: DRAWS }, () => {
    for (let i = 0; i < n; i++) seeds[i] = fastIndex(rng, n);
    return crossing(seeds);
  });
  draws.sort();
  const [lo, hi] = [draws[Math.floor(0.025 * (DRAWS - 1))]!, draws[Math.ceil(0.975 * (DRAWS - 1))]!];
  return { multiple, ci: Number.isFinite(lo) ? [lo, finite(hi)] : null };
}
