import type { ControlReport } from '../report/comparisons.js';
import { escapeHtml } from '../report/escape.js';
import { percent } from '../report/format.js';
import type { Report } from '../report/model.js';
import { GRIDS, gridLines, REWARDS_ON_POLICIES } from '../report/tables/answer.js';
import { CONTROL } from '../report/tables/comparisons.js';
import { undecided } from '../report/undecided.js';
import { htmlColumns } from './columns.js';
import { details, folded, hint, list, section } from './section.js';
import { table } from './table.js';

/** What the page could not tell, and what should make a reader doubt the rest. */
export const doubts = (report: Report): string =>
  section(
    'doubts',
    'What could not be told apart, and why',
    notToldApart(report),
    grids(report),
    deviations(report),
    control(report),
  );

function notToldApart({ answer }: Report): string {
  const sentences = undecided(answer).map(escapeHtml);
  if (sentences.length > 0) return folded(sentences, 6, 300);
  return answer.primary === null ? '' : '<p>Everything that was tested was decided.</p>';
}

const TRIED =
  'Where the chosen value is the largest or smallest tried, a better one may lie beyond; where no ' +
  'configuration reaches half the KL budget, the budget says little of that family.';

function grids({ grids: rows }: Report): string {
  if (rows.length === 0) return '';
  const lines = table('grids-table', gridLines(rows), htmlColumns(GRIDS));
  return `<h3 id="grids">What was tried</h3>${hint(TRIED)}${lines}`;
}

function deviations({ deviations: found }: Report): string {
  const none = '<p>None: every run is as it was planned and hashed before the first of them.</p>';
  return `<h3>Deviations from the plan</h3>${found.length === 0 ? none : list(found.map(escapeHtml))}`;
}

function control({ control: { pairs, falseAlarms, reason } }: Report): string {
  const why = reason === null ? '' : `<p>${escapeHtml(reason)}</p>`;
  if (pairs.length === 0 && falseAlarms === null) return why === '' ? '' : `<h3>Control</h3>${why}`;
  const rate = falseAlarms === null ? why : alarmRate(falseAlarms);
  const rows = pairs.length === 0 ? '' : table('control', pairs, htmlColumns(CONTROL, { alarm }));
  return `<h3>Control: an algorithm against itself</h3>${rate}${rows}`;
}

function alarmRate({ rate, ci, n }: NonNullable<ControlReport['falseAlarms']>): string {
  const range = `${percent(ci[0])} to ${percent(ci[1])}`;
  const basis = `${range}; ${n} comparisons where nothing differs`;
  return `<p>False-alarm rate <b>${percent(rate)}</b> (${basis}); 5 % is what a 95 % interval promises.</p>`;
}

const alarm = ({ alarm: alarmed }: ControlReport['pairs'][number]): string =>
  `<td>${alarmed ? '<b>false alarm</b>' : 'no difference, as it should be'}</td>`;

/** @param drawn its figure */
export function rewardsOnPolicies({ rewardsOnPolicies: rows }: Report, drawn: string): string {
  if (rows.length === 0) return '';
  return section(
    'rewards-on-policies',
    'The reward on what the policies write',
    drawn,
    details('In numbers', table('on-policy-table', rows, htmlColumns(REWARDS_ON_POLICIES))),
  );
}
