import type { ComputeComparison, MatchedComparison } from '../report/comparisons.js';
import { number, seconds, si } from '../report/format.js';
import type { Report } from '../report/model.js';
import { MATCHED_COMPUTE, MATCHED_KL } from '../report/tables/comparisons.js';
import { name, none, small, stackedCell } from './cells.js';
import { htmlColumns } from './columns.js';
import { hint, section } from './section.js';
import { table } from './table.js';

const EQUAL_KL =
  'Gold reward of the first minus the second where both are equally far from the start: at the most KL ' +
  'that both reach in every seed, and on average over the whole common range. Read off each seed’s ' +
  'frontier on validation prompts, paired by seed; nothing is extrapolated. <i>p</i> is Holm-adjusted; ' +
  '<i>match</i> means that two one-sided tests put the difference within the margin.';

const EQUAL_COMPUTE =
  'Gold reward of the first minus the second when both may spend what the cheaper one costs in all, ' +
  'reward models charged; past its end an algorithm keeps what it had. The crossover is the budget, as a ' +
  'multiple of that cost, from which the dearer one is ahead for good.';

/** @param drawn its figure */
export function equalKl({ matchedKl }: Report, drawn: string): string {
  const columns = htmlColumns(MATCHED_KL, { match });
  const pairs = matchedKl.length === 0 ? '' : hint(EQUAL_KL) + table('kl-table', matchedKl, columns);
  return section('at-equal-kl', 'At equal KL', pairs, drawn);
}

/** @param drawn its figures */
export function equalCompute({ matchedCompute }: Report, drawn: string): string {
  const columns = htmlColumns(MATCHED_COMPUTE, { budget, crossover });
  const pairs =
    matchedCompute.length === 0 ? '' : hint(EQUAL_COMPUTE) + table('compute-table', matchedCompute, columns);
  return section('at-equal-compute', 'At equal compute', pairs, drawn);
}

function match({ match: tested }: MatchedComparison): string {
  if (tested === null) return none();
  const outcome = tested.equivalent ? '<b>match</b>' : 'not shown';
  return `<td data-v="${tested.p}">${outcome}${small(`within ±${number(tested.margin)}`)}</td>`;
}

function budget({ atCheaper }: ComputeComparison): string {
  if (atCheaper === null) return none();
  return stackedCell(atCheaper.flops, si(atCheaper.flops, 'FLOP'), seconds(atCheaper.seconds));
}

function crossover({ crossover: { dearer, multiple, ci, upTo } }: ComputeComparison): string {
  if (multiple === null) return `<td data-v="${Number.MAX_VALUE}">none up to ${number(upTo)}×</td>`;
  const last = ci?.[1] == null ? `over ${number(upTo)}` : number(ci[1]);
  const range = ci === null ? '' : `, ${number(ci[0])} to ${last}`;
  return stackedCell(multiple, `${number(multiple)}×`, `${name(dearer)}${range}`);
}
