import type { Figure } from '../../harness/stats/interval.js';
import type { FamilyRow } from '../report/algorithms.js';
import type { ComputeComparison, HeadToHead, MatchedComparison } from '../report/comparisons.js';
import { direction } from '../report/direction.js';
import { number, percent, si, signed, withInterval } from '../report/format.js';
import type { Report } from '../report/model.js';
import { tunedName } from './entrants.js';

type Figures = Omit<Report, 'verdicts'>;

/**
 * Plain sentences: what gains most and what is left of it at equal KL, each family against the start, then
 * pairs of families at equal KL, at equal compute and head to head, and the control.
 */
export function verdicts(report: Figures): string[] {
  if (hasNoGold(report)) return [NO_GOLD];
  const start = report.reference?.name ?? 'the start';
  return [
    ...judged(report),
    ...lead(report, start),
    ...report.families.map((family) => againstStart(family, start)),
    ...report.matchedKl.flatMap((pair) => atEqualKl(pair, report) ?? []),
    ...report.matchedCompute.flatMap((pair) => atEqualCompute(pair, report) ?? []),
    ...familiesHeadToHead(report).flatMap((pair) => headToHead(pair, report) ?? []),
    ...controlSentence(report.control),
  ];
}

const NO_GOLD =
  'This data has no gold reward, so nothing here says which algorithm is better: KL, proxy reward, length ' +
  'and compute are what was measured.';

function hasNoGold({ algorithms }: Figures): boolean {
  const finished = algorithms.filter((a) => a.completed > 0);
  return finished.length > 0 && finished.every((a) => a.goldReward === null);
}

const nameOf = ({ name, variants }: FamilyRow): string => tunedName(name, variants);

/** A p-value counts only where it is one of several comparisons. */
const amongSeveral = (comparisons: readonly unknown[], adjustedP: number | null): number | null =>
  comparisons.length > 1 ? adjustedP : null;

/** A judge is no truth; that comes before all it says. */
function judged({ judge }: Figures): string[] {
  if (judge === null) return [];
  const trained = 'which learned from pairs that no algorithm saw';
  return [
    `Judged by the reward model ${judge.name}, ${trained}${howOftenRight(judge.accuracy)}: ` +
      'what is called gold reward below is its score, and no truth.',
  ];
}

function howOftenRight(accuracy: Figure | null): string {
  if (accuracy === null) return '';
  const canJudge = accuracy.ci !== null && accuracy.ci[0] > 0.5;
  const doubt = canJudge ? '' : ', which is not told apart from chance: it cannot judge';
  return `; of pairs that it has not seen it ranks ${withInterval(accuracy, percent)} as labelled${doubt}`;
}

interface Gain {
  readonly name: string;
  readonly gain: Figure;
  readonly kl: Figure | null;
}

function lead({ families, matchedKl }: Figures, start: string): string[] {
  const gains = families.flatMap((family): Gain[] => {
    const { tuned } = family;
    const gain = tuned?.goldDifference ?? null;
    return tuned === null || gain === null ? [] : [{ name: nameOf(family), gain, kl: tuned.kl }];
  });
  const [highest] = gains.sort((x, y) => y.gain.mean - x.gain.mean);
  if (highest === undefined || gains.length < 2) return [];
  const best = gains.find(({ gain }) => direction(gain) === 'more');
  if (best === undefined) {
    const mean = `${highest.name} has the highest mean, ${withInterval(highest.gain, signed)}`;
    return [`No algorithm is told apart from ${start} by its gold reward; ${mean}.`];
  }
  const among = best === highest ? '' : `Of those told apart from ${start}, `;
  const distance = best.kl === null ? '' : `, ${number(best.kl.mean)} nats from it`;
  const amount = `${withInterval(best.gain, signed)} gold reward over ${start}${distance}`;
  const higher =
    best === highest
      ? ''
      : `; ${highest.name} has a higher mean, ${withInterval(highest.gain, signed)}, that may be none`;
  return [`${among}${best.name} gains most: ${amount}${higher}.${whoIsAhead(matchedKl)}`];
}

/** What is left of the order at equal KL; empty where nobody meets there. */
function whoIsAhead(matchedKl: readonly MatchedComparison[]): string {
  if (matchedKl.length === 0) return '';
  const ahead = matchedKl.flatMap(({ a, b, goldDifference, adjustedP }) => {
    const found = direction(goldDifference, amongSeveral(matchedKl, adjustedP));
    if (found === 'more') return [`${a} is ahead of ${b}`];
    return found === 'less' ? [`${b} is ahead of ${a}`] : [];
  });
  if (ahead.length === 0) return ' At equal KL no algorithm is told apart from another.';
  return ` At equal KL ${ahead.join(', ')}.`;
}

const AGAINST_START = {
  more: 'improves on',
  less: 'is worse than',
  undecided: 'is not told apart from',
  unknown: 'has no interval against',
} as const;

function againstStart(family: FamilyRow, start: string): string {
  const { name, tuned, missing } = family;
  if (tuned?.goldDifference == null) {
    return `${name}: ${missing.join('; ') || 'no comparison with the start'}.`;
  }
  const kl = tuned.kl === null ? '' : ` at ${number(tuned.kl.mean)} nats from it`;
  const rate = tuned.winRate === null ? '' : `, winning ${withInterval(tuned.winRate, percent)} of prompts`;
  const amount = `${withInterval(tuned.goldDifference, signed)} gold reward${kl}${rate}`;
  return `${nameOf(family)} ${AGAINST_START[direction(tuned.goldDifference)]} ${start}: ${amount}.`;
}

function atEqualKl(
  { a, b, kl, goldDifference, adjustedP, match }: MatchedComparison,
  report: Figures,
): string | null {
  const p = amongSeveral(report.matchedKl, adjustedP);
  const sentence = between(a, b, goldDifference, p, match?.equivalent ?? false);
  return sentence === null ? null : `At equal KL (${number(kl)} nats) ${sentence}.`;
}

function atEqualCompute(
  { a, b, atCheaper, adjustedP, crossover }: ComputeComparison,
  report: Figures,
): string | null {
  if (atCheaper === null) return null;
  const p = amongSeveral(report.matchedCompute, adjustedP);
  const sentence = between(a, b, atCheaper.goldDifference, p, false);
  const budget = `${si(atCheaper.flops, 'FLOP')}, all that ${atCheaper.cheaper} costs`;
  return sentence === null ? null : `At equal compute (${budget}) ${sentence}${crossing(crossover)}.`;
}

/** Only where the dearer one does spend more. */
function crossing({ dearer, multiple, upTo }: ComputeComparison['crossover']): string {
  if (!(upTo > 1.05)) return '';
  if (multiple === null)
    return `; with up to ${number(upTo)} times that, ${dearer} is not ahead even in the mean`;
  return multiple <= 1 ? '' : `; from ${number(multiple)} times that on, ${dearer} is ahead in the mean`;
}

/** Meetings of what was entered for each family. */
function familiesHeadToHead({ families, headToHead: meetings }: Figures): HeadToHead[] {
  const entered = families.map(nameOf);
  return meetings.filter(({ a, b }) => entered.includes(a) && entered.includes(b));
}

function headToHead(
  { a, b, winRate, goldDifference, adjustedP }: HeadToHead,
  report: Figures,
): string | null {
  const p = amongSeveral(report.headToHead, adjustedP);
  const sentence = between(a, b, goldDifference, p, false);
  if (sentence === null || winRate === null) return null;
  const rate = `${a} wins ${withInterval(winRate, percent)} of prompts`;
  return `Head to head, KL and cost not matched${klNote(report, a, b)}, ${sentence}; ${rate}.`;
}

/** Comparing at different KL is only fair if it is said. */
function klNote({ families }: Figures, a: string, b: string): string {
  const klOf = (name: string): number | undefined =>
    families.find((family) => nameOf(family) === name)?.tuned?.kl?.mean;
  const [klOfA, klOfB] = [klOf(a), klOf(b)];
  return klOfA === undefined || klOfB === undefined
    ? ''
    : ` (${number(klOfA)} against ${number(klOfB)} nats)`;
}

/** What is said of two; null where there is nothing to say. */
function between(
  a: string,
  b: string,
  difference: Figure | null,
  adjustedP: number | null,
  match: boolean,
): string | null {
  if (difference?.ci == null) return null;
  const amount = (figure: Figure): string => `${withInterval(figure, signed)} gold reward`;
  const found = direction(difference, adjustedP);
  if (found === 'more') return `${a} is ahead of ${b}: ${amount(difference)}`;
  if (found === 'less') return `${b} is ahead of ${a}: ${amount(negated(difference))}`;
  const corrected = direction(difference) !== 'undecided' && !match ? ' once corrected for their number' : '';
  return `${a} and ${b} ${match ? 'match' : 'are not told apart'}${corrected}: ${amount(difference)}`;
}

const negated = ({ mean, ci, n }: Figure): Figure => ({
  mean: -mean,
  ci: ci === null ? null : [-ci[1], -ci[0]],
  n,
});

function controlSentence({ pairs, falseAlarms }: Report['control']): string[] {
  if (falseAlarms === null) return [];
  const { rate, ci, n } = falseAlarms;
  const alarms = pairs.filter((pair) => pair.alarm).length;
  const cases = `${alarms} of ${pairs.length} ${pairs.length === 1 ? 'case' : 'cases'}`;
  const flipped = `${percent(rate)} [${percent(ci[0])}, ${percent(ci[1])}] of ${n}`;
  const told = `Control: an algorithm against itself is told apart in ${cases}`;
  return [`${told}; with signs turned at random, in ${flipped}.`];
}
