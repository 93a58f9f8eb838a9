import type { Figure } from '../../harness/stats/interval.js';
import { direction } from '../report/direction.js';
import { tunedName } from './entrants.js';
import { number, percent, si, signed, withInterval } from '../report/format.js';
import type { FamilyRow } from '../report/algorithms.js';
import type { Report } from '../report/model.js';

const negated = ({ mean, ci, n }: Figure): Figure => ({ mean: -mean, ci: ci === null ? null : [-ci[1], -ci[0]], n });

/** Plain sentences: what gains most and what is left of it at equal KL, each family against the start, then pairs of families at equal KL, at equal compute and head to head, and the control. */
export function verdicts(report: Omit<Report, 'verdicts'>): string[] {
  const start = report.reference?.name ?? 'the start';
  const finished = report.algorithms.filter((a) => a.completed > 0);
  if (finished.length > 0 && finished.every((a) => a.goldReward === null)) {
    return ['This data has no gold reward, so nothing here says which algorithm is better: KL, proxy reward, length and compute are what was measured.'];
  }
  const entered = report.families.map((f) => tunedName(f.name, f.variants));
  const meetings = report.headToHead.filter(({ a, b }) => entered.includes(a) && entered.includes(b));
  const amongSeveral = (comparisons: readonly unknown[], p: number | null): number | null => (comparisons.length > 1 ? p : null);
  return [
    ...judged(report),
    ...lead(report, start),
    ...report.families.map((family) => againstStart(family, start)),
    ...report.matchedKl.flatMap((m) => {
      const sentence = between(m.a, m.b, m.goldDifference, amongSeveral(report.matchedKl, m.adjustedP), m.match?.equivalent ?? false);
      return sentence === null ? [] : [`At equal KL (${number(m.kl)} nats) ${sentence}.`];
    }),
    ...report.matchedCompute.flatMap((m) => {
      const sentence = m.atCheaper === null ? null : between(m.a, m.b, m.atCheaper.goldDifference, amongSeveral(report.matchedCompute, m.adjustedP), false);
      return sentence === null ? [] : [`At equal compute (${si(m.atCheaper!.flops, 'FLOP')}, all that ${m.atCheaper!.cheaper} costs) ${sentence}${crossing(m)}.`];
    }),
    ...meetings.flatMap((m) => {
      const sentence = between(m.a, m.b, m.goldDifference, amongSeveral(report.headToHead, m.adjustedP), false);
      return sentence === null || m.winRate === null ? [] : [`Head to head, KL and cost not matched${klNote(report, m.a, m.b)}, ${sentence}; ${m.a} wins ${withInterval(m.winRate, percent)} of prompts.`];
    }),
    ...controlSentence(report.control),
  ];
}

/** A judge is no truth; that comes before all it says. */
function judged({ judge }: Pick<Report, 'judge'>): string[] {
  if (judge === null) return [];
  const right = judge.accuracy === null ? '' : `; of pairs that it has not seen it ranks ${withInterval(judge.accuracy, percent)} as labelled${judge.accuracy.ci !== null && judge.accuracy.ci[0] > 0.5 ? '' : ', which is not told apart from chance: it cannot judge'}`;
  return [`Judged by the reward model ${judge.name}, which learned from pairs that no algorithm saw${right}: what is called gold reward below is its score, and no truth.`];
}

function lead({ families, matchedKl }: Pick<Report, 'families' | 'matchedKl'>, start: string): string[] {
  const gains = families.flatMap((f) => (f.tuned?.goldDifference == null ? [] : [{ name: tunedName(f.name, f.variants), gain: f.tuned.goldDifference, kl: f.tuned.kl }]));
  const [highest] = gains.sort((x, y) => y.gain.mean - x.gain.mean);
  if (highest === undefined || gains.length < 2) return [];
  const best = gains.find(({ gain }) => direction(gain) === 'more');
  if (best === undefined) return [`No algorithm is told apart from ${start} by its gold reward; ${highest.name} has the highest mean, ${withInterval(highest.gain, signed)}.`];
  const higher = best === highest ? '' : `; ${highest.name} has a higher mean, ${withInterval(highest.gain, signed)}, that may be none`;
  const ahead = matchedKl.flatMap((m) => ({ more: [`${m.a} is ahead of ${m.b}`], less: [`${m.b} is ahead of ${m.a}`], undecided: [], unknown: [] })[direction(m.goldDifference, matchedKl.length > 1 ? m.adjustedP : null)]);
  const matched = matchedKl.length === 0 ? '' : ahead.length === 0 ? ' At equal KL no algorithm is told apart from another.' : ` At equal KL ${ahead.join(', ')}.`;
  return [`${best === highest ? '' : `Of those told apart from ${start}, `}${best.name} gains most: ${withInterval(best.gain, signed)} gold reward over ${start}${best.kl === null ? '' : `, ${number(best.kl.mean)} nats from it`}${higher}.${matched}`];
}

function againstStart({ name, variants, tuned, missing }: FamilyRow, start: string): string {
  const who = tunedName(name, variants);
  if (tuned?.goldDifference == null) return `${name}: ${missing.join('; ') || 'no comparison with the start'}.`;
  const kl = tuned.kl === null ? '' : ` at ${number(tuned.kl.mean)} nats from it`;
  const rate = tuned.winRate === null ? '' : `, winning ${withInterval(tuned.winRate, percent)} of prompts`;
  const what = { more: 'improves on', less: 'is worse than', undecided: 'is not told apart from', unknown: 'has no interval against' }[direction(tuned.goldDifference)];
  return `${who} ${what} ${start}: ${withInterval(tuned.goldDifference, signed)} gold reward${kl}${rate}.`;
}

/** Null where there is nothing to say. */
function between(a: string, b: string, difference: Figure | null, adjustedP: number | null, match: boolean): string | null {
  if (difference?.ci == null) return null;
  const amount = (figure: Figure): string => `${withInterval(figure, signed)} gold reward`;
  switch (direction(difference, adjustedP)) {
    case 'more':
      return `${a} is ahead of ${b}: ${amount(difference)}`;
    case 'less':
      return `${b} is ahead of ${a}: ${amount(negated(difference))}`;
    default: {
      const alone = direction(difference) !== 'undecided' && !match ? ' once corrected for their number' : '';
      return `${a} and ${b} ${match ? 'match' : 'are not told apart'}${alone}: ${amount(difference)}`;
    }
  }
}

/** Only where the dearer one does spend more. */
function crossing({ crossover: { dearer, multiple, upTo } }: Report['matchedCompute'][number]): string {
  if (!(upTo > 1.05)) return '';
  return multiple === null ? `; with up to ${number(upTo)} times that, ${dearer} is not ahead even in the mean` : multiple <= 1 ? '' : `; from ${number(multiple)} times that on, ${dearer} is ahead in the mean`;
}

/** Comparing at different KL is only fair if it is said. */
function klNote({ families }: Pick<Report, 'families'>, a: string, b: string): string {
  const [x, y] = [a, b].map((name) => families.find((f) => tunedName(f.name, f.variants) === name)?.tuned?.kl?.mean);
  return x === undefined || y === undefined ? '' : ` (${number(x)} against ${number(y)} nats)`;
}

function controlSentence({ pairs, falseAlarms }: Report['control']): string[] {
  if (falseAlarms === null) return [];
  const alarms = pairs.filter((p) => p.alarm).length;
  return [`Control: an algorithm against itself is told apart in ${alarms} of ${pairs.length} ${pairs.length === 1 ? 'case' : 'cases'}; with signs turned at random, in ${percent(falseAlarms.rate)} [${percent(falseAlarms.ci[0])}, ${percent(falseAlarms.ci[1])}] of ${falseAlarms.n}.`];
}
