import { DRAWS } from '../../harness/stats/bootstrap.js';
import { fastIndex, rngFromData } from '../../harness/stats/data-rng.js';
import type { Figure } from '../../harness/stats/interval.js';
import { mean } from '../../harness/stats/moments.js';
import { pairedTest } from '../../harness/stats/paired.js';
import { along, isStart, startGold } from './curves.js';
import type { Entrant } from './entrants.js';
import { type Gathered, type Loaded, pairsOf, perSeed, total } from './gather.js';
import { withHolm } from './matched.js';
import type { ComputeComparison } from '../report/comparisons.js';

/** Gold reward (and win rate against the start) from this cost on. */
export interface Stair {
  readonly flops: number;
  readonly seconds: number;
  readonly gold: number;
  readonly win: number | null;
}

/** One family's seeds: what it has at each charged cost, by rising cost; the first stair costs nothing and is the start. */
export interface Staircases {
  readonly name: string;
  readonly device: string;
  readonly bySeed: ReadonlyMap<number, readonly Stair[]>;
}

const BUDGETS = 16;
/** Budgets at which a crossover is looked for. */
const FINE = 64;

/**
 * What each seed's configuration (the one tuning chose) has at each cost: its own training (or a sampler's draws for the prompts
 * it is judged on) and its reward's, which is paid before the first step. Until its first evaluation it has the start.
 */
export function staircases({ name, device, entries }: Entrant, gathered: Gathered): Staircases {
  return { name, device, bySeed: new Map(entries.flatMap((entry) => { const found = stairs(entry, gathered); return found === null ? [] : [[entry.seed, found] as const]; })) };
}

function stairs(entry: Loaded, { startOf, costsOf }: Gathered): Stair[] | null {
  const rows = along(entry).filter((e) => e.goldReward !== null && !isStart(e));
  const start = startGold(entry, startOf);
  if (start === null) return null;
  const reward = total(costsOf(entry.run).slice(1));
  return [
    { flops: 0, seconds: 0, gold: start, win: 0.5 },
    ...rows.map((e) => ({ flops: e.flops + reward.flops, seconds: e.clock.trainSeconds + reward.seconds, gold: e.goldReward!.mean, win: e.winRate?.mean ?? null })),
  ];
}

/** Every pair of families on one device that share a seed. */
export const matchedCompute = (all: readonly Staircases[]): ComputeComparison[] => withHolm(pairsOf(all).flatMap(([a, b]) => atEqualCompute(a, b) ?? []));

/** Null where they share no seed, or one costs nothing, which no budget can equal. `adjustedP` is not adjusted yet. */
export function atEqualCompute(a: Staircases, b: Staircases): ComputeComparison | null {
  const pairs = [...a.bySeed].flatMap(([seed, x]) => (b.bySeed.has(seed) && x.length > 1 && b.bySeed.get(seed)!.length > 1 ? [{ a: x, b: b.bySeed.get(seed)! }] : []));
  if (pairs.length === 0) return null;
  const whole = (side: 'a' | 'b', unit: Unit): number => mean(pairs.map((p) => p[side].at(-1)![unit]));
  if (whole('a', 'flops') === 0 || whole('b', 'flops') === 0) return null;
  const cheaper = whole('a', 'flops') <= whole('b', 'flops') ? 'a' : 'b';
  const quicker = whole('a', 'seconds') <= whole('b', 'seconds') ? 'a' : 'b';
  const dearer = cheaper === 'a' ? 'b' : 'a';
  const from = Math.max(...pairs.flatMap((p) => [p.a[1]!.flops, p.b[1]!.flops]));
  const to = Math.max(from, ...pairs.map((p) => p[dearer].at(-1)!.flops));
  // Each seed at that seed's own whole cost of the cheaper one: paired.
  const atWhole = (side: 'a' | 'b', unit: Unit): { a: Stair; b: Stair }[] => pairs.map((p) => { const budget = p[side].at(-1)![unit]; return { a: having(p.a, unit, budget), b: having(p.b, unit, budget) }; });
  const gold = (there: readonly { a: Stair; b: Stair }[]): number[] => there.map((p) => p.a.gold - p.b.gold);
  const win = (there: readonly { a: Stair; b: Stair }[]): Figure | null => (there.every((p) => p.a.win !== null && p.b.win !== null) ? perSeed(there.map((p) => p.a.win! - p.b.win!)) : null);
  const [flopsThere, secondsThere] = [atWhole(cheaper, 'flops'), atWhole(quicker, 'seconds')];
  return {
    a: a.name,
    b: b.name,
    adjustedP: pairedTest(gold(flopsThere)),
    budgets: geometric(from, to, BUDGETS).map((flops) => ({ flops, goldDifference: perSeed(pairs.map((p) => having(p.a, 'flops', flops).gold - having(p.b, 'flops', flops).gold))! })),
    atCheaper: {
      flops: whole(cheaper, 'flops'),
      seconds: whole(quicker, 'seconds'),
      cheaper: cheaper === 'a' ? a.name : b.name,
      goldDifference: perSeed(gold(flopsThere))!,
      winRateDifference: win(flopsThere),
      goldDifferenceAtSeconds: perSeed(gold(secondsThere))!,
      winRateDifferenceAtSeconds: win(secondsThere),
    },
    crossover: {
      dearer: dearer === 'a' ? a.name : b.name,
      upTo: to / whole(cheaper, 'flops'),
      ...crossover(pairs.map((p) => geometric(from, to, FINE).map((flops) => having(p[dearer], 'flops', flops).gold - having(p[cheaper], 'flops', flops).gold)), geometric(from, to, FINE).map((flops) => flops / whole(cheaper, 'flops'))),
    },
  };
}

type Unit = 'flops' | 'seconds';

/** The last stair that the budget pays for. */
const having = (stairs: readonly Stair[], unit: Unit, budget: number): Stair => stairs.findLast((s) => s[unit] <= budget) ?? stairs[0]!;

const geometric = (from: number, to: number, n: number): number[] =>
  from === to || from <= 0 ? [to] : Array.from({ length: n }, (_, i) => (i === 0 ? from : i === n - 1 ? to : from * (to / from) ** (i / (n - 1))));

/**
 * First of the budgets from which on the mean difference stays above 0, and its 95 % percentile interval over resampled seeds
 * (too short for fewer than about ten seeds; null for one). A draw that never crosses counts as beyond every budget.
 * @param differences [seeds][budgets] dearer minus cheaper
 * @param multiples [budgets] rising
 */
export function crossover(differences: readonly (readonly number[])[], multiples: readonly number[]): Pick<ComputeComparison['crossover'], 'multiple' | 'ci'> {
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
  const rng = rngFromData(differences.map((d) => Float64Array.from(d)), 'crossover');
  const seeds = new Uint32Array(n);
  const draws = Float64Array.from({ length: DRAWS }, () => {
    for (let i = 0; i < n; i++) seeds[i] = fastIndex(rng, n);
    return crossing(seeds);
  });
  const [lo, hi] = [draws.sort()[Math.floor(0.025 * (DRAWS - 1))]!, draws[Math.ceil(0.975 * (DRAWS - 1))]!];
  return { multiple, ci: Number.isFinite(lo) ? [lo, finite(hi)] : null };
}
