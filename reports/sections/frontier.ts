import { type Mixture, meanMixture, mixed, mixtureWithin } from '../../harness/metrics/budget.js';
import { figureOverSeeds } from '../../harness/stats/interval.js';
import { mean } from '../../harness/stats/moments.js';
import type { FrontierRow } from '../report/answer.js';
import { NOT_NEGATIVE, perSeed, RATE } from './gather.js';
import { largestKl, type Pool, type SeedPool } from './pools.js';

/** Points of a curve, evenly in sqrt(KL): gold rises about so (Gao et al. 2023, arXiv:2210.10760). */
const POINTS = 16;
/** Points beyond K, where a pool reaches further. */
const BEYOND = 4;

const inSeed = (mixture: Mixture, { values }: SeedPool): Float64Array => mixed(mixture, (i) => values[i]!);

const above = (value: Float64Array, { values: [start] }: SeedPool): Float64Array =>
  value.map((x, i) => x - start![i]!);

/** Per seed the gold reward above the start, at each test prompt: mean over budgets from 0 to `most`. */
export function meanGains({ bySeed }: Pick<Pool, 'bySeed'>, most: number): ReadonlyMap<number, Float64Array> {
  return new Map(
    [...bySeed].map(([seed, own]) => [seed, above(inSeed(meanMixture(own.candidates, most), own), own)]),
  );
}

/** The same of the best mixture within one budget. */
export function gainsWithin({ bySeed }: Pool, budget: number): ReadonlyMap<number, Float64Array> {
  return new Map(
    [...bySeed].map(([seed, own]) => [seed, above(inSeed(mixtureWithin(own.candidates, budget)!, own), own)]),
  );
}

/**
 * The values of a pool within KL budgets.
 * @param most K of the page; null: no budget is common to what is compared, and there is no mean
 * @param budgets declared, rising
 * @param others families, among which are those of a union
 */
export function frontierRow(
  pool: Pool,
  most: number | null,
  budgets: readonly number[],
  others: readonly Pool[] = [],
): FrontierRow {
  const { name, kind, paradigm, device, families, configurations, bySeed, missing } = pool;
  const largest = largestKl(pool);
  const known = [...bySeed.values()];
  return {
    name,
    kind,
    paradigm,
    device,
    families: [...families],
    configurations,
    largestKl: largest,
    mean: most === null || known.length === 0 ? null : figureOverSeeds([...meanGains(pool, most).values()]),
    points:
      largest === null
        ? []
        : places(largest, most, budgets).map((place) => ({
            ...place,
            ...point(place.budget, known),
          })),
    missing: [...missing],
    ...(most === null ? {} : besideBest(pool, most, others)),
  };
}

/**
 * A union against the family of it that gains most on test prompts, mean over budgets. By what chooses, a
 * union is never below its families; in gold reward it is where that ranks them wrongly.
 */
function besideBest(union: Pool, most: number, others: readonly Pool[]): Pick<FrontierRow, 'best'> {
  const own = others.filter(({ name, bySeed }) => union.families.includes(name) && bySeed.size > 0);
  if (union.kind !== 'union' || own.length < 2 || union.bySeed.size === 0) return {};
  const gains = own.map((family) => ({ family: family.name, gain: meanGains(family, most) }));
  const worth = ({ gain }: (typeof gains)[number]): number => mean([...gain.values()].map(mean));
  const best = gains.reduce((a, b) => (worth(b) > worth(a) ? b : a));
  const differences = [...meanGains(union, most)].flatMap(([seed, value]) => {
    const other = best.gain.get(seed);
    return other === undefined ? [] : [value.map((x, i) => x - other[i]!)];
  });
  const difference = figureOverSeeds(differences);
  return difference === null ? {} : { best: { family: best.family, difference } };
}

/**
 * Budgets at which a frontier is read: the declared ones within reach, and those of a curve to K and
 * beyond.
 */
function places(
  largest: number,
  most: number | null,
  budgets: readonly number[],
): readonly { readonly budget: number; readonly declared: boolean }[] {
  const to = most ?? largest;
  const beyond =
    largest > to ? Array.from({ length: BEYOND }, (_, i) => to + ((largest - to) * (i + 1)) / BEYOND) : [];
  const curve = [...Array.from({ length: POINTS + 1 }, (_, i) => to * (i / POINTS) ** 2), ...beyond];
  const declared = budgets.filter((budget) => budget <= Math.max(largest, to));
  return [
    ...declared.map((budget) => ({ budget, declared: true })),
    ...curve.filter((budget) => !declared.includes(budget)).map((budget) => ({ budget, declared: false })),
  ].sort((a, b) => a.budget - b.budget);
}

function point(
  budget: number,
  seeds: readonly SeedPool[],
): Omit<FrontierRow['points'][number], 'budget' | 'declared'> {
  const here = seeds.map((seed) => ({ seed, mixture: mixtureWithin(seed.candidates, budget)! }));
  const linear = (of: (seed: SeedPool) => readonly (number | null)[]): readonly (number | null)[] =>
    here.map(({ seed, mixture }) => {
      const values = of(seed);
      let sum = 0;
      for (const [i, weight] of mixture) {
        const value = values[i];
        if (value === null || value === undefined) return null;
        sum += weight * value;
      }
      return sum;
    });
  const wins = here.map(({ seed, mixture }) =>
    seed.wins === null ? null : mixed(mixture, (i) => seed.wins![i]!),
  );
  return {
    value: figureOverSeeds(here.map(({ seed, mixture }) => inSeed(mixture, seed)))!,
    gain: figureOverSeeds(here.map(({ seed, mixture }) => above(inSeed(mixture, seed), seed))),
    winRate: wins.includes(null)
      ? null
      : figureOverSeeds(wins as Float64Array[], rateBounds(wins as Float64Array[])),
    score: perSeed(linear(({ candidates }) => candidates.map(({ score }) => score))),
    kl: perSeed(
      linear(({ kl }) => kl),
      NOT_NEGATIVE,
    ),
  };
}

/** At the start every seed's rate is one half by definition: it has no spread, and no interval. */
const rateBounds = (wins: readonly Float64Array[]): typeof RATE | undefined =>
  wins.every((seed) => seed.every((rate) => rate === 0.5)) ? undefined : RATE;
