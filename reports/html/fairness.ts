import type { FamilyRow } from '../report/algorithms.js';
import type { ControlReport } from '../report/comparisons.js';
import { escapeHtml } from '../report/escape.js';
import { number, percent } from '../report/format.js';
import type { Report } from '../report/model.js';
import { CONTROL, FAMILIES } from '../report/tables/comparisons.js';
import { name } from './cells.js';
import { htmlColumns } from './columns.js';
import { details, hint, list, section } from './section.js';
import { table } from './table.js';

/**
 * Did all have the same chances, and what do the verdicts say where nothing is there?
 * @param drawn its figure
 */
export const fairness = (report: Report, drawn: string): string =>
  section(
    'fairness',
    'Tuning and fairness',
    families(report),
    drawn,
    choices(report),
    deviations(report),
    control(report),
    power(report),
  );

const TUNED =
  'Each seed takes the configuration whose last evaluation on validation prompts has the highest proxy ' +
  'reward, never the gold reward; the figures are its, on test prompts. <i>Gain along KL</i> is the mean ' +
  'gain over the start along √KL over the range that all families reach; <i>dominated</i> the share of ' +
  'a family’s evaluations below another family’s frontier.';

const families = ({ families: rows }: Report): string =>
  rows.length === 0 ? '' : `${hint(TUNED)}${table('families', rows, htmlColumns(FAMILIES))}`;

function choices({ families: rows }: Report): string {
  const said = rows.flatMap(({ name: family, tuned, variants, missing }) => [
    ...(tuned === null || variants.length < 2
      ? []
      : [`<b>${name(family)}</b> took ${counted(tuned.choices)}`]),
    ...missing.map((reason) => `<b>${name(family)}</b>: ${escapeHtml(reason)}`),
  ]);
  return said.length === 0
    ? ''
    : details('Which configuration was chosen', list(said.map((sentence) => `${sentence}.`)));
}

/** `a in 7 seeds, b in 3`, the most frequent first. */
function counted(chosen: NonNullable<FamilyRow['tuned']>['choices']): string {
  const counts = new Map<string, number>();
  for (const { variant } of chosen) counts.set(variant, (counts.get(variant) ?? 0) + 1);
  return [...counts]
    .sort((a, b) => b[1] - a[1])
    .map(([variant, n]) => `${name(variant)} in ${n} of ${chosen.length} seeds`)
    .join(', ');
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

function power({ power: { delta, seeds, prompts, deviation, correlation } }: Report): string {
  if (seeds === null && prompts === null) return '';
  const needed = [
    seeds === null ? '' : `${seeds} seeds`,
    prompts === null ? '' : `${prompts.toLocaleString('en')} prompts`,
  ];
  const basis = [
    deviation === null ? '' : `win rates of a pair deviate by ${number(deviation)} between seeds`,
    correlation === null ? '' : `two policies’ outcomes on a prompt correlate at ${number(correlation, 2)}`,
  ].filter(Boolean);
  const points = Number((delta * 100).toPrecision(3));
  const aim = `To resolve ${points} points of win rate with 80 % power at the 5 % level`;
  const because = basis.length === 0 ? '' : ` (${basis.join('; ')})`;
  const either = needed.filter(Boolean).join(', or on one seed ');
  return `<h3>What it would take</h3><p>${aim}: ${either}${because}.</p>`;
}
