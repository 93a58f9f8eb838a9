import { bestWithin, breakEven, crossover } from '../../harness/metrics/compute-budget.js';
import { figureOverSeeds } from '../../harness/stats/interval.js';
import { mean } from '../../harness/stats/moments.js';
import type { BreakEvenRow, ComputeComparison } from '../report/answer.js';
import { ofSampler } from '../report/kl.js';
import { costOf } from './costs.js';
import { type Gathered, type Loaded, pairsOf, total } from './gather.js';
import type { Pool, SeedPool } from './pools.js';

/** Budgets between the cheapest and the dearest policy. */
const BUDGETS = 12;

/** A pool's trained policies in one seed, by what they cost; the start is none of them. */
interface SeedShop {
  readonly purchases: readonly { readonly cost: number; readonly score: number }[];
  readonly gains: readonly Float64Array[];
}

/**
 * Pairs of unions, then of families, on what a budget of FLOPs buys. Samplers pay per answer: see
 * `breakEvens`.
 */
export function atEqualCompute(
  unions: readonly Pool[],
  families: readonly Pool[],
  gathered: Gathered,
): ComputeComparison[] {
  return [...pairsOf(unions), ...pairsOf(families)].flatMap(([a, b]) => {
    if (isSampler(a) || isSampler(b)) return [];
    return between(a, b, gathered) ?? [];
  });
}

const isSampler = ({ bySeed }: Pool): boolean =>
  [...bySeed.values()].every(({ entries }) =>
    entries.every((entry) => entry === null || entry.evals.some(ofSampler)),
  );

function between(a: Pool, b: Pool, gathered: Gathered): ComputeComparison | null {
  const shared = [...a.bySeed.keys()].filter((seed) => b.bySeed.has(seed));
  if (shared.length === 0) return null;
  const shops = shared.map((seed) => ({
    a: shop(a.bySeed.get(seed)!, gathered),
    b: shop(b.bySeed.get(seed)!, gathered),
  }));
  const costs = shops.flatMap((seed) => [...seed.a.purchases, ...seed.b.purchases].map(({ cost }) => cost));
  const budgets = geometric(Math.min(...costs), Math.max(...costs), BUDGETS);
  const rows = budgets.map((flops) => {
    const bought = shops.map((seed) => ({ a: boughtIn(seed.a, flops), b: boughtIn(seed.b, flops) }));
    const side = (of: 'a' | 'b') => {
      const gains = bought.map((seed) => seed[of]);
      return gains.includes(null) ? null : figureOverSeeds(gains as Float64Array[]);
    };
    const differences = bought.map((seed) =>
      seed.a === null || seed.b === null ? null : seed.a.map((x, i) => x - seed.b![i]!),
    );
    return {
      flops,
      a: side('a'),
      b: side('b'),
      difference: differences.includes(null) ? null : figureOverSeeds(differences as Float64Array[]),
    };
  });
  return { a: a.name, b: b.name, budgets: rows, crossover: crossoverOf(a, b, rows, shops) };
}

const shop = ({ candidates, entries, values }: SeedPool, gathered: Gathered): SeedShop => {
  const trained = entries.flatMap((entry, i) => (entry === null ? [] : [{ entry, i }]));
  return {
    purchases: trained.map(({ entry, i }) => ({
      cost: costOf(entry, gathered),
      score: candidates[i]!.score,
    })),
    gains: trained.map(({ i }) => values[i]!.map((x, at) => x - values[0]![at]!)),
  };
};

function boughtIn({ purchases, gains }: SeedShop, flops: number): Float64Array | null {
  const best = bestWithin(purchases, flops);
  return best === null ? null : gains[best]!;
}

/** Of the side whose cheapest policy is dearer: below it, it is not trainable and so not ahead. */
function crossoverOf(
  a: Pool,
  b: Pool,
  rows: ComputeComparison['budgets'],
  shops: readonly { readonly a: SeedShop; readonly b: SeedShop }[],
): ComputeComparison['crossover'] {
  const cheapest = (of: 'a' | 'b'): number =>
    mean(shops.map((seed) => Math.min(...seed[of].purchases.map(({ cost }) => cost))));
  const aIsDearer = cheapest('a') >= cheapest('b');
  const leads = rows.map(({ difference }) =>
    difference === null ? Number.NEGATIVE_INFINITY : aIsDearer ? difference.mean : -difference.mean,
  );
  const found = crossover(
    rows.map(({ flops }) => flops),
    leads,
  );
  return { dearer: aIsDearer ? a.name : b.name, ...found };
}

/** Budgets from and to, each the same multiple of the one before. */
function geometric(from: number, to: number, n: number): number[] {
  if (!(from > 0) || from === to) return [to];
  return Array.from({ length: n }, (_, i) => (i === n - 1 ? to : from * (to / from) ** (i / (n - 1))));
}

/**
 * Every family that draws at each answer against every trained one: after how many answers training is the
 * cheaper way. An answer of a trained policy costs what generating one cost wherever the experiment counted
 * it.
 */
export function breakEvens(families: readonly Pool[], gathered: Gathered): BreakEvenRow[] {
  const perTrainedAnswer = costOfAnAnswer(gathered);
  if (perTrainedAnswer === null) return [];
  const [samplers, trained] = [families.filter(isSampler), families.filter((family) => !isSampler(family))];
  return samplers.flatMap((sampler) => {
    const perAnswer = mean(bestEntries(sampler).map(perAnswerOf));
    const reward = mean(bestEntries(sampler).map(({ run }) => total(gathered.costsOf(run).slice(1)).flops));
    if (!Number.isFinite(perAnswer)) return [];
    return trained.flatMap((family) => {
      const training = mean(bestEntries(family).map((entry) => costOf(entry, gathered))) - reward;
      if (!Number.isFinite(training)) return [];
      const answers = breakEven(perAnswer, training, perTrainedAnswer);
      return [
        { sampler: sampler.name, trained: family.name, perAnswer, perTrainedAnswer, training, answers },
      ];
    });
  });
}

/** In each seed the run that scores best: what a user of the family would take. */
const bestEntries = ({ bySeed }: Pool): Loaded[] =>
  [...bySeed.values()].flatMap(({ candidates, entries }) => {
    const trained = [...candidates.keys()].filter((i) => entries[i] !== null);
    const best = trained.sort((i, j) => candidates[j]!.score - candidates[i]!.score)[0];
    return best === undefined ? [] : [entries[best]!];
  });

/** A sampler is charged for the draws behind all its evaluations. */
const perAnswerOf = ({ run, evals }: Loaded): number =>
  run.outcome!.ledger.flops.rollout === 0 && run.outcome!.ledger.flops.score === 0
    ? Number.NaN
    : (run.outcome!.ledger.flops.rollout + run.outcome!.ledger.flops.score) /
      evals.reduce((n, row) => n + row.length.n, 0);

/** FLOPs of a generated token, times the length of a completion; null where nothing was generated. */
function costOfAnAnswer({ done, groups }: Gathered): number | null {
  const drawn = done.find(
    ({ spec, outcome }) =>
      spec.kind === 'collect' && outcome!.ledger.tokensGenerated > 0 && outcome!.ledger.flops.rollout > 0,
  );
  const lengths = groups.flatMap(({ loaded }) =>
    loaded.map(({ evals }) => evals.at(-1)?.length.mean ?? Number.NaN),
  );
  const length = mean(lengths.filter(Number.isFinite));
  if (drawn === undefined || !Number.isFinite(length)) return null;
  const { flops, tokensGenerated } = drawn.outcome!.ledger;
  return (flops.rollout / tokensGenerated) * length;
}
