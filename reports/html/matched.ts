import type { Figure } from '../../harness/stats/interval.js';
import { number, seconds, si, signedPercent } from '../report/format.js';
import type { ComputeComparison, Match } from '../report/comparisons.js';
import type { Report } from '../report/model.js';
import { differenceCell, hint, name, none, numberCell, rowHead, section, table } from './cells.js';

const points = (f: Figure | null): string => differenceCell(f, signedPercent);
const second = (b: string): string => `<td class="name">${name(b)}</td>`;
const pValue = (p: number | null): string => numberCell(p, (x) => (x < 0.001 ? '< 0.001' : number(x, 2)));
const match = (m: Match | null): string => (m === null ? none() : `<td data-v="${m.p}">${m.equivalent ? '<b>match</b>' : 'not shown'}<small>within ±${number(m.margin)}</small></td>`);

export const equalKl = (report: Report, drawn: string): string =>
  section(
    'at-equal-kl',
    'At equal KL',
    report.matchedKl.length === 0 ? '' : hint('Gold reward of the first minus the second where both are equally far from the start: at the most KL that both reach in every seed, and on average over the whole common range. Read off each seed’s frontier on validation prompts, paired by seed; nothing is extrapolated. <i>p</i> is Holm-adjusted; <i>match</i> means that two one-sided tests put the difference within the margin.') + table('kl-table', report.matchedKl, [['first', (m) => rowHead(m.a)], ['second', (m) => second(m.b)], ['KL, nats', (m) => numberCell(m.kl)], ['gold difference', (m) => differenceCell(m.goldDifference)], ['win rate difference', (m) => points(m.winRateDifference)], ['over the range', (m) => differenceCell(m.areaDifference)], ['<i>p</i>', (m) => pValue(m.adjustedP)], ['match', (m) => match(m.match)]]),
    drawn,
  );

export const equalCompute = (report: Report, drawn: string): string =>
  section(
    'at-equal-compute',
    'At equal compute',
    report.matchedCompute.length === 0 ? '' : hint('Gold reward of the first minus the second when both may spend what the cheaper one costs in all, reward models charged; past its end an algorithm keeps what it had. The crossover is the budget, as a multiple of that cost, from which the dearer one is ahead for good.') + table('compute-table', report.matchedCompute, [['first', (m) => rowHead(m.a)], ['second', (m) => second(m.b)], ['cheaper', (m) => (m.atCheaper === null ? none() : second(m.atCheaper.cheaper))], ['budget', (m) => (m.atCheaper === null ? none() : `<td data-v="${m.atCheaper.flops}"><b>${si(m.atCheaper.flops, 'FLOP')}</b><small>${seconds(m.atCheaper.seconds)}</small></td>`)], ['gold difference', (m) => differenceCell(m.atCheaper?.goldDifference ?? null)], ['win rate difference', (m) => points(m.atCheaper?.winRateDifference ?? null)], ['gold at equal seconds', (m) => differenceCell(m.atCheaper?.goldDifferenceAtSeconds ?? null)], ['win rate at equal seconds', (m) => points(m.atCheaper?.winRateDifferenceAtSeconds ?? null)], ['crossover', crossover]]),
    drawn,
  );

function crossover({ crossover: { dearer, multiple, ci, upTo } }: ComputeComparison): string {
  if (multiple === null) return `<td data-v="${Number.MAX_VALUE}">none up to ${number(upTo)}×</td>`;
  return `<td data-v="${multiple}"><b>${number(multiple)}×</b><small>${name(dearer)}${ci === null ? '' : `, ${number(ci[0])} to ${ci[1] === null ? `over ${number(upTo)}` : number(ci[1])}`}</small></td>`;
}
