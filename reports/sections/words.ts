import type { Figure } from '../../harness/stats/interval.js';
import type { Answer, Comparison, FrontierRow } from '../report/answer.js';
import { number, percent, signed, withInterval } from '../report/format.js';
import type { Report } from '../report/model.js';

type Figures = Omit<Answer, 'sentence' | 'details'>;
type Rest = Omit<Report, 'answer'>;
type Words = Pick<Answer, 'sentence' | 'details'>;

const NO_GOLD =
  'This data has no gold reward, so nothing here says which algorithm is better: KL, proxy reward, length ' +
  'and compute are what was measured.';

/** The answer as a sentence, and what it rests on. */
export function inWords(found: Figures, report: Rest): Words {
  if (report.judge?.canJudge === false) return { sentence: cannotJudge(report.judge), details: [] };
  if (hasNoGold(report)) return { sentence: NO_GOLD, details: [] };
  const { primary } = found;
  const { other, same } = sensitivity(found, report);
  return {
    sentence: primary === null ? withoutPrimary(found, report) : answered(primary, found, report),
    details: [
      ...other,
      ...couldHaveFound(found, report),
      ...most(found, report),
      ...belowBest(report),
      ...same,
      ...unequal(report),
      ...controlled(report),
    ],
  };
}

function cannotJudge({ name, accuracy }: NonNullable<Rest['judge']>): string {
  const right = `ranks ${withInterval(accuracy, percent)} of pairs it has not seen as labelled`;
  const judge = name === 'judge' ? 'The judge' : `The judge ${name}`;
  return (
    `${judge} ${right}, which is not told apart from chance, so nothing here says which algorithm ` +
    'is better: KL, proxy reward, length and compute are what was measured.'
  );
}

function hasNoGold({ algorithms }: Rest): boolean {
  const finished = algorithms.filter((a) => a.completed > 0);
  return finished.length > 0 && finished.every((a) => a.goldReward === null);
}

/** What the figures are of: the world's own reward, or a judge's score, which is no truth. */
const unitOf = ({ judge }: Rest): string => (judge === null ? 'gold reward' : `reward by ${judge.name}`);
const capital = (text: string): string => `${text.charAt(0).toUpperCase()}${text.slice(1)}`;
const seedsOf = ({ n }: Figure): string => `${n} ${n === 1 ? 'seed' : 'seeds'}`;

/** Of two, the one ahead first. */
function between({ a, b, difference, verdict }: Comparison, unit: string, match = ''): string {
  const gold = (figure: Figure): string => `${withInterval(figure, signed)} ${unit}`;
  if (difference === null) return `${a} and ${b} cannot be compared`;
  switch (verdict) {
    case 'ahead':
      return `${a} is ahead of ${b} by ${gold(difference)}`;
    case 'behind':
      return `${b} is ahead of ${a} by ${gold(negated(difference))}`;
    case 'match':
      return `${a} and ${b} match${match}: ${gold(difference)}`;
    case 'unknown':
      return `${a} minus ${b} is ${gold(difference)} in one seed, which decides nothing`;
    default:
      return `${a} and ${b} are not told apart: ${gold(difference)}`;
  }
}

function answered(primary: Comparison, found: Figures, report: Rest): string {
  const { ladder } = report;
  const margin = found.margin === null ? '' : ` within ±${number(found.margin)}`;
  const where = `on average over KL budgets up to ${number(found.budget!)} nats`;
  const seeds = primary.difference === null ? '' : ` (${seedsOf(primary.difference)})`;
  const said = capital(between(primary, unitOf(report), margin));
  return `${said}, ${where}${seeds}${because(ladder)}${cost(found, primary)}.`;
}

/** What lies above RL on the ladder, and parts no two of those that are compared. */
const ABOVE: readonly string[] = ['optimum', 'truth'];

/**
 * The steps of the ladder from offline to RL whose interval excludes 0, the largest first: exploratory, no
 * test beside others.
 */
function because(ladder: Rest['ladder']): string {
  const between = (ladder?.steps ?? []).filter(({ to }) => !ABOVE.includes(to));
  if (between.length === 0) return '';
  const steps = between
    .filter(({ difference }) => difference?.ci != null && (difference.ci[0] > 0 || difference.ci[1] < 0))
    .sort((x, y) => Math.abs(y.difference!.mean) - Math.abs(x.difference!.mean));
  const [first] = steps;
  if (first === undefined) return '; no single step of the ladder is told apart from 0';
  const amount = withInterval(first.difference, signed);
  return `; the largest step between them is ${first.what} (${amount}, by its own interval alone)`;
}

function cost({ costRatio }: Figures, { a, b }: Comparison): string {
  if (costRatio === null) return '';
  return costRatio.mean >= 1
    ? `; ${a} costs ${number(costRatio.mean)} times the compute of ${b}`
    : `; ${b} costs ${number(1 / costRatio.mean)} times the compute of ${a}`;
}

/** Where there is no RL, or nothing offline: the families, or why there is nothing. */
function withoutPrimary({ secondary, budget }: Figures, report: Rest): string {
  const { frontiers } = report;
  const unions = frontiers.filter(({ kind }) => kind === 'union');
  const usable = unions.filter(({ points }) => points.length > 0);
  const missing = [...new Set(frontiers.flatMap((row) => row.missing))].join('; ');
  if (frontiers.every(({ points }) => points.length === 0))
    return `Nothing can be compared at equal KL: ${missing || 'no family has a frontier'}.`;
  const there = usable.map(({ name }) => name).join(' and ');
  const absent =
    unions.length === 0
      ? 'This folder does not say which families are RL, so RL is not compared with offline'
      : (notPlanned(unions) ??
        `Only ${there} finished with what a comparison needs, so RL is not compared with offline`);
  const why = missing === '' ? '' : ` (${missing})`;
  const ahead = secondary.comparisons.filter(({ verdict }) => verdict === 'ahead' || verdict === 'behind');
  if (secondary.comparisons.length === 0) return `${absent}${why}.`;
  const where = budget === null ? '' : ` over KL budgets up to ${number(budget)} nats`;
  if (ahead.length === 0) return `${absent}${why}; no family is told apart from another${where}.`;
  return `${absent}${why}; ${ahead.map((pair) => between(pair, unitOf(report))).join(', ')}${where}.`;
}

/** Where the experiment has no stage of one side; null where it has both. */
function notPlanned(unions: readonly FrontierRow[]): string | null {
  const lacking = ['RL', 'offline'].filter((side) => !unions.some(({ name }) => name === side));
  if (lacking.length === 0) return null;
  const what = lacking.map((side) => (side === 'RL' ? 'no RL' : 'no offline loss')).join(' and ');
  return `This experiment has ${what}, so RL is not compared with offline`;
}

function couldHaveFound({ primary }: Figures, report: Rest): string[] {
  if (primary === null) return [];
  if (primary.verdict !== 'not told apart' || primary.detectable === null) return [];
  const least = `A true difference of ${number(primary.detectable)} ${unitOf(report)} or more`;
  return [
    `${least} would have been found in four of five repetitions of this page; a smaller one may be there.`,
  ];
}

/** The family with the highest mean: a maximum, so what it is not told apart from is said with it. */
function most({ secondary }: Figures, report: Rest): string[] {
  const { frontiers } = report;
  const families = frontiers
    .filter((row): row is FrontierRow & { mean: Figure } => row.kind === 'family' && row.mean !== null)
    .sort((x, y) => y.mean.mean - x.mean.mean);
  const [first] = families;
  if (first === undefined || families.length < 2) return [];
  const others = families.slice(1).map(({ name }) => name);
  const isBehind = (name: string): boolean =>
    secondary.open &&
    secondary.comparisons.some(
      ({ a, b, verdict }) =>
        (a === first.name && b === name && verdict === 'ahead') ||
        (b === first.name && a === name && verdict === 'behind'),
    );
  const close = others.filter((name) => !isBehind(name));
  const isAll = close.length === others.length && close.length > 2;
  const apart =
    close.length === 0
      ? 'ahead of every other family'
      : `not told apart from ${isAll ? 'any other family' : close.join(', ')}`;
  const amount = `${withInterval(first.mean, signed)} ${unitOf(report)}`;
  return [`Of the families ${first.name} has the highest mean, ${amount} over the start, ${apart}.`];
}

/** Unions in which what chooses ranks families so wrongly that one of them alone is ahead of all together. */
function belowBest(report: Rest): string[] {
  return report.frontiers.flatMap(({ name, best }) => {
    if (best?.difference.ci == null || best.difference.ci[1] >= 0) return [];
    const amount = `${withInterval(negated(best.difference), signed)} ${unitOf(report)}`;
    const said = `${capital(name)} together is below ${best.family} alone, by ${amount}`;
    return [`${said}: what chooses prefers worse configurations of other families (exploratory).`];
  });
}

/** What would be said had something else chosen, or counted: another answer (or sign), or the same. */
function sensitivity(
  { primary, sensitivity: rules, ownLabels }: Figures,
  report: Rest,
): Record<'other' | 'same', string[]> {
  const out: Record<'other' | 'same', string[]> = { other: [], same: [] };
  if (primary === null || primary.verdict === 'unknown') return out;
  const signOf = ({ difference }: Comparison): number => Math.sign(difference?.mean ?? 0);
  const say = (what: string, comparison: Comparison, turns = false): void => {
    const isSame = comparison.verdict === primary.verdict;
    const said = isSame
      ? `the same would be said${turns ? ', with the other sign' : ''}`
      : 'the answer would be another';
    const where = isSame && !turns ? 'same' : 'other';
    out[where].push(`${what}, ${said}: ${between(comparison, unitOf(report))}.`);
  };
  if (ownLabels !== undefined) {
    const names = ownLabels.families.join(', ');
    const what = `Were ${names}, on a learned reward’s labels, not counted as offline`;
    say(what, ownLabels.comparison, signOf(ownLabels.comparison) === -signOf(primary));
  }
  for (const { by, comparison } of rules) {
    if (comparison !== null) say(`Were configurations chosen by ${RULE[by] ?? by}`, comparison);
  }
  return out;
}

const RULE: Readonly<Record<string, string>> = {
  chooser: 'a reward that no algorithm trains on',
  proxy: 'the reward that RL trained against',
  pairs: 'accuracy on held-out pairs',
};

/** Of the two that the page compares, the one with more configurations had more chances. */
function unequal({ frontiers }: Rest): string[] {
  const unions = frontiers.filter(({ kind, paradigm }) => kind === 'union' && paradigm !== 'nothing');
  if (new Set(unions.map(({ configurations }) => configurations)).size <= 1) return [];
  const counts = unions.map(({ name, configurations }) => `${name} ${configurations}`).join(', ');
  return [`The paradigms did not have equal chances: ${counts} configurations.`];
}

function controlled({ control: { pairs, falseAlarms } }: Rest): string[] {
  if (falseAlarms === null) return [];
  const { rate, ci, n } = falseAlarms;
  const alarms = pairs.filter(({ alarm }) => alarm).length;
  const told = `Control: an algorithm against itself is told apart in ${alarms} of ${pairs.length}`;
  const turned = `in ${percent(rate)} [${percent(ci[0])}, ${percent(ci[1])}] of ${n}`;
  return [`${told}; with signs turned at random, ${turned}.`];
}

const negated = ({ mean, ci, n }: Figure): Figure => ({
  mean: -mean,
  ci: ci === null ? null : [-ci[1], -ci[0]],
  n,
});
