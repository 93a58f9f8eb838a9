import type { ClaimRow, FigureRow } from '../../harness/contracts/analysis.js';
import { holm } from '../../harness/stats/correction.js';
import { twoOneSidedTests } from '../../harness/stats/equivalence.js';
import { intervalOf } from '../../harness/stats/interval.js';
import { mean } from '../../harness/stats/moments.js';
import { pairedTest } from '../../harness/stats/paired.js';

/**
 * What a claim says of the mean over seeds. `within` is a match: two one-sided tests, since no difference
 * found is no match.
 */
export type Rule =
  | { readonly above: number }
  | { readonly below: number }
  | { readonly within: readonly [number, number] };

/** A claim with what was measured: one number a pipeline seed, paired within the seed. */
export interface Evidence extends Pick<ClaimRow, 'id' | 'claim' | 'scenario' | 'statistic' | 'reported'> {
  readonly values: readonly number[];
  readonly rule: Rule;
  readonly figure: FigureRow | null;
  readonly note?: string;
}

/** Family-wise error of the claims of a topic together. */
const ALPHA = 0.05;

/**
 * Decides the claims of one topic. Supported (refuted): the 95 % interval of the mean over seeds lies wholly
 * on the claimed (the other) side of the threshold, and the claim's test survives Holm's correction over the
 * topic, claims without data included. For `within` support takes two one-sided tests at 2.5 % each, so that
 * a claim at its threshold is decided in one of twenty repetitions, whatever its rule.
 * @param topic its name, which every row states with the number of its tests
 */
export function decideTopic(topic: string, family: readonly Evidence[]): ClaimRow[] {
  const tests = family.map(({ values, rule }) => test(values, rule));
  const adjusted = holm(tests.map(({ p }) => p));
  const about = `topic ${topic}: ${family.length} ${family.length === 1 ? 'test' : 'tests'}`;
  return family.map((evidence, i) => claimRow(evidence, tests[i]!, adjusted[i]!, about));
}

/** A claim alone, before the correction. */
interface Test {
  /** Of the raw interval. */
  readonly verdict: ClaimRow['verdict'];
  /** Two-sided; of a match twice that of the two one-sided tests. */
  readonly p: number;
}

function claimRow(
  { values, rule, figure, note, ...about }: Evidence,
  { verdict, p }: Test,
  adjusted: number,
  topic: string,
): ClaimRow {
  const kept = adjusted < ALPHA;
  const interval = intervalOf(values);
  const lost = kept ? '' : `, where it would be ${verdict}`;
  const corrected =
    verdict === 'undecided' ? '' : `, Holm-corrected p ${short(adjusted)}, alone ${short(p)}${lost}`;
  const notes = [note, missingNote(values.length), `${topic}${corrected}`];
  return {
    type: 'claim',
    ...about,
    value: interval?.mean ?? null,
    ci: interval?.ci ?? null,
    threshold: written(rule),
    n: values.length,
    verdict: kept ? verdict : 'undecided',
    figure: figure?.id ?? null,
    note: notes
      .filter((part) => part !== undefined)
      .map(capitalised)
      .join('. '),
  };
}

function missingNote(seeds: number): string | undefined {
  if (seeds === 0) return 'no seed has the runs it takes';
  return seeds === 1 ? 'one seed has the runs it takes' : undefined;
}

function test(values: readonly number[], rule: Rule): Test {
  if (values.length < 2) return { verdict: 'undecided', p: 1 };
  const [lo, hi] = intervalOf(values)!.ci!;
  if ('within' in rule) {
    const [from, to] = rule.within;
    const centre = (from + to) / 2;
    const match = twoOneSidedTests(
      values.map((value) => value - centre),
      (to - from) / 2,
      ALPHA / 2,
    );
    if (match.equivalent) return { verdict: 'supported', p: 2 * match.p };
    return {
      verdict: lo > to || hi < from ? 'refuted' : 'undecided',
      p: twoSided(values, mean(values) > centre ? to : from),
    };
  }
  const threshold = 'above' in rule ? rule.above : rule.below;
  return { verdict: verdictOf(rule, lo > threshold, hi < threshold), p: twoSided(values, threshold) };
}

function verdictOf(rule: Rule, isAbove: boolean, isBelow: boolean): ClaimRow['verdict'] {
  if (!isAbove && !isBelow) return 'undecided';
  return 'above' in rule === isAbove ? 'supported' : 'refuted';
}

/** p of the t test of mean = threshold, of at least two values. */
const twoSided = (values: readonly number[], threshold: number): number =>
  pairedTest(values.map((value) => value - threshold))!;

const capitalised = (text: string): string => `${text.charAt(0).toUpperCase()}${text.slice(1)}`;

/** Three digits, without a leading 0. */
const short = (x: number): string => String(Number(x.toPrecision(3))).replace(/^(-?)0\./, '$1.');

function written(rule: Rule): string {
  if ('above' in rule) return `above ${short(rule.above)}`;
  if ('below' in rule) return `below ${short(rule.below)}`;
  const [from, to] = rule.within;
  return from === -to ? `within ±${short(to)}` : `${short(from)} to ${short(to)}`;
}
