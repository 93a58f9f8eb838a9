import type { AnalysisRow, ClaimRow, FigureRow } from '../../harness/contracts/analysis.js';
import { holm } from '../../harness/stats/correction.js';
import { twoOneSidedTests } from '../../harness/stats/equivalence.js';
import { seedInterval } from '../../harness/stats/interval.js';
import { mean } from '../../harness/stats/moments.js';
import { pairedTest } from '../../harness/stats/paired.js';

/** What a claim says of the mean over seeds. `within` is a match: two one-sided tests, since no difference found is no match. */
export type Rule = { readonly above: number } | { readonly below: number } | { readonly within: readonly [number, number] };

/** A claim with what was measured: one number a pipeline seed, paired within the seed. */
export interface Evidence extends Pick<ClaimRow, 'id' | 'claim' | 'scenario' | 'statistic' | 'reported'> {
  readonly values: readonly number[];
  readonly rule: Rule;
  readonly figure: FigureRow | null;
  readonly note?: string;
}

/** Family-wise error of all the claims of a suite together. */
const ALPHA = 0.05;

/**
 * Decides a family of claims. Supported (refuted): the 95 % interval of the mean over seeds lies wholly on the claimed (the other) side
 * of the threshold, and the claim's test survives Holm's correction over the whole family, claims without data included. For `within`
 * the interval of support is that of the two one-sided tests (90 %).
 */
export function decideAll(family: readonly Evidence[]): AnalysisRow[] {
  const tests = family.map(({ values, rule }) => test(values, rule));
  const adjusted = holm(tests.map(({ p }) => p));
  const claims = family.map(({ values, rule, figure, note, ...about }, i): ClaimRow => {
    const { verdict, p } = tests[i]!;
    const kept = adjusted[i]! < ALPHA;
    const interval = seedInterval(values.map((v) => Float64Array.of(v)));
    const notes = [note, values.length < 2 ? `${values.length === 0 ? 'no seed has' : 'one seed has'} the runs it takes` : undefined, verdict === 'undecided' ? undefined : `Holm-corrected p ${short(adjusted[i]!)}, alone ${short(p)}${kept ? '' : `, where it would be ${verdict}`}`];
    const said = notes.flatMap((x) => (x === undefined ? [] : [`${x.charAt(0).toUpperCase()}${x.slice(1)}`])).join('. ');
    return { type: 'claim', ...about, value: interval?.mean ?? null, ci: interval?.ci ?? null, threshold: written(rule), n: values.length, verdict: kept ? verdict : 'undecided', figure: figure?.id ?? null, ...(said === '' ? {} : { note: said }) };
  });
  const figures = new Map(family.flatMap(({ figure }) => (figure === null ? [] : [[figure.id, figure] as const])));
  return [...claims, ...figures.values()];
}

/** @returns the verdict of the raw interval, and the two-sided p-value (of a match: that of the two one-sided tests) that Holm corrects */
function test(values: readonly number[], rule: Rule): { verdict: ClaimRow['verdict']; p: number } {
  if (values.length < 2) return { verdict: 'undecided', p: 1 };
  const [lo, hi] = seedInterval(values.map((v) => Float64Array.of(v)))!.ci!;
  if ('within' in rule) {
    const [from, to] = rule.within;
    const { equivalent, p } = twoOneSidedTests(values.map((v) => v - (from + to) / 2), (to - from) / 2);
    if (equivalent) return { verdict: 'supported', p };
    return { verdict: lo > to || hi < from ? 'refuted' : 'undecided', p: mean(values) > (from + to) / 2 ? twoSided(values, to) : twoSided(values, from) };
  }
  const threshold = 'above' in rule ? rule.above : rule.below;
  const side = lo > threshold ? 'above' : hi < threshold ? 'below' : null;
  return { verdict: side === null ? 'undecided' : side in rule ? 'supported' : 'refuted', p: twoSided(values, threshold) };
}

/** t test of mean = threshold, of at least two values. */
const twoSided = (values: readonly number[], threshold: number): number => pairedTest(values.map((v) => v - threshold))!;

const short = (x: number): string => String(Number(x.toPrecision(3))).replace(/^(-?)0\./, '$1.');
const written = (rule: Rule): string =>
  'above' in rule ? `above ${short(rule.above)}` : 'below' in rule ? `below ${short(rule.below)}` : rule.within[0] === -rule.within[1] ? `within ±${short(rule.within[1])}` : `${short(rule.within[0])} to ${short(rule.within[1])}`;
