import { BOOTSTRAP_SEEDS, type Figure, figureOverSeeds } from '../../harness/stats/interval.js';
import {
  detectable,
  differenceP,
  equivalenceP,
  interval95,
  type MeanTest,
  moderate,
} from '../../harness/stats/moderated.js';
import { mean, variance } from '../../harness/stats/moments.js';
import type { Comparison } from '../report/answer.js';
import { gainsWithin, meanGains } from './frontier.js';
import type { Pool } from './pools.js';

/** Two pools, seed by seed: a minus b at every test prompt, mean over budgets. */
export interface Contrast {
  readonly a: Pool;
  readonly b: Pool;
  readonly differences: readonly Float64Array[];
}

/** What all comparisons of a page have in common. */
export interface Setting {
  /** K, nats. */
  readonly most: number;
  /** Declared budgets at which differences are shown. */
  readonly budgets: readonly number[];
  /** Gold reward within which two match; 0: nothing can. */
  readonly margin: number;
}

/** Of the seeds that both have. */
export function contrast(a: Pool, b: Pool, most: number): Contrast {
  return { a, b, differences: paired(meanGains(a, most), meanGains(b, most)) };
}

function paired(
  a: ReadonlyMap<number, Float64Array>,
  b: ReadonlyMap<number, Float64Array>,
): readonly Float64Array[] {
  return [...a].flatMap(([seed, x]) => {
    const y = b.get(seed);
    return y === undefined ? [] : [x.map((value, i) => value - y[i]!)];
  });
}

/** Variance of the per-seed differences of each contrast; NaN for fewer than two seeds. */
const variances = (contrasts: readonly Contrast[]): number[] =>
  contrasts.map(({ differences }) => variance(differences.map(mean)));

/** A family needs others beside it before their variances tell anything of its own. */
const LEAST_TO_MODERATE = 3;

/**
 * The tests of contrasts whose variances are moderated across `among` (METHOD.md, *What may be said*): by
 * Student's t with fewer than ten seeds where three or more comparisons have the same seeds, else plain.
 * @param among the contrasts that tell what a variance is like
 */
export function tests(
  contrasts: readonly Contrast[],
  among: readonly Contrast[],
): { readonly tests: readonly (MeanTest | null)[]; readonly moderatedDf: number | null } {
  const seeds = new Set(among.map(({ differences }) => differences.length));
  const [n] = seeds;
  const own = variances(contrasts);
  const plain = contrasts.map(({ differences }, i) => testOf(differences, own[i]!, differences.length - 1));
  const isFew = n !== undefined && n >= 2 && n < BOOTSTRAP_SEEDS;
  const usable = variances(among).filter((v) => v > 0);
  if (seeds.size !== 1 || !isFew || usable.length < LEAST_TO_MODERATE)
    return { tests: plain, moderatedDf: null };
  const members = new Set(among.flatMap(({ a, b }) => [a.name, b.name])).size;
  const { posterior, df } = moderate(usable, n - 1, (members - 1) * (n - 1));
  return {
    tests: contrasts.map(({ differences }, i) =>
      differences.length === n ? testOf(differences, posterior(own[i]!), df) : plain[i]!,
    ),
    moderatedDf: df,
  };
}

const testOf = (differences: readonly Float64Array[], v: number, df: number): MeanTest | null =>
  differences.length < 2
    ? null
    : { mean: mean(differences.map(mean)), se: Math.sqrt(v / differences.length), df };

/** Of all that a page tests: the chance that it says anything false. */
const LEVEL = 0.05;

/** What p-values are multiplied by, so that a page keeps to its level (METHOD.md, proposition 3). */
export interface Correction {
  /** Of "no difference". */
  readonly difference: number;
  /** Of "not within the margin". */
  readonly match: number;
}

/** The one hypothesis that is read whatever comes out: ahead at the whole level, a match at half of it. */
export const PRIMARY: Correction = { difference: 1, match: 2 };

/**
 * Pairs of families, Bonferroni: at half the level where a primary hypothesis stands before them, else at
 * all.
 */
export const secondaryTo = (hasPrimary: boolean, pairs: number): Correction => {
  const factor = (hasPrimary ? 2 : 1) * Math.max(1, pairs);
  return { difference: factor, match: factor };
};

/** Words for contrasts that are tested together. */
export function compared(
  contrasts: readonly Contrast[],
  found: readonly (MeanTest | null)[],
  setting: Setting,
  correction: Correction,
): Comparison[] {
  return contrasts.map(({ a, b, differences }, i) => {
    const test = found[i] ?? null;
    const p = test === null ? null : differenceP(test);
    const equivalence = test === null || setting.margin <= 0 ? null : equivalenceP(test, setting.margin);
    const adjusted = {
      difference: Math.min(1, correction.difference * (p ?? 1)),
      match: Math.min(1, correction.match * (equivalence ?? 1)),
    };
    const difference = figureOf(differences, test);
    return {
      a: a.name,
      b: b.name,
      difference,
      verdict: test === null ? 'unknown' : verdictOf(difference, adjusted),
      p,
      equivalenceP: equivalence,
      adjustedP: test === null ? null : Math.min(adjusted.difference, adjusted.match),
      detectable: test === null ? null : detectable(test, LEVEL / correction.difference),
      budgets: setting.budgets.map((budget) => ({
        budget,
        difference: figureOverSeeds(paired(gainsWithin(a, budget), gainsWithin(b, budget))),
      })),
    };
  });
}

/** The interval of the test where that is moderated, at least as wide as what prompts allow. */
function figureOf(differences: readonly Float64Array[], test: MeanTest | null): Figure | null {
  const plain = figureOverSeeds(differences);
  if (plain === null || test === null || differences.length >= BOOTSTRAP_SEEDS) return plain;
  return { ...plain, ci: [...interval95(test)] as [number, number] };
}

function verdictOf(
  difference: Figure | null,
  adjusted: { readonly difference: number; readonly match: number },
): Comparison['verdict'] {
  if (difference?.ci == null) return 'unknown';
  if (adjusted.difference < LEVEL && difference.ci[0] > 0) return 'ahead';
  if (adjusted.difference < LEVEL && difference.ci[1] < 0) return 'behind';
  return adjusted.match < LEVEL ? 'match' : 'not told apart';
}
