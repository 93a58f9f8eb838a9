import type { Figure } from '../../harness/stats/interval.js';
import { MAX_CURVES } from '../figures/key.js';
import { escapeHtml } from '../report/escape.js';
import { number, percent, withInterval } from '../report/format.js';
import type { Report } from '../report/model.js';
import { RANKING } from '../report/tables/comparisons.js';
import { name, rowHead, small } from './cells.js';
import { htmlColumns } from './columns.js';
import { hint, section } from './section.js';
import { plainTable, table } from './table.js';

const STRENGTHS =
  'Bradley-Terry strengths over all head-to-heads, the start at 0; Elo is the same on its own scale.';

/** @param drawn its figures */
export function ranking({ ranking: rows }: Report, drawn: string): string {
  const rank = (row: Report['ranking'][number]): string =>
    `<td class="name" data-v="${row.rank}">${row.rank}</td>`;
  const strengths =
    rows.length === 0 ? '' : hint(STRENGTHS) + table('rank-table', rows, htmlColumns(RANKING, { rank }));
  return section('ranking', 'Ranking', drawn, strengths);
}

/** Every algorithm against every other, as a matrix. */
export function headToHead(report: Report): string {
  if (report.headToHead.length === 0) return '';
  const order = strongestFirst(report);
  const names = order.slice(0, MAX_CURVES);
  const rates = winRates(report);
  const corner = `<th></th>${names.map((column) => `<th scope="col">${name(column)}</th>`).join('')}`;
  const rows = names.map((a) => {
    const cells = names.map((b) =>
      a === b ? '<td class="none">·</td>' : rateCell(a, b, rates.get(a)?.get(b)),
    );
    return `<tr>${rowHead(a)}${cells.join('')}</tr>`;
  });
  const cut =
    order.length > names.length
      ? ` The first ${names.length} of ${number(order.length)} are shown; report.json has all.`
      : '';
  const reading =
    'How often the row’s completion has the higher gold reward than the column’s, on the same prompts; ' +
    `ties count as half.${separated(report)}${cut}`;
  return section('head-to-head', 'Head to head', hint(reading), plainTable(corner, rows, ' class="matrix"'));
}

function strongestFirst({ ranking: ranked, algorithms }: Report): string[] {
  const names = algorithms.map((a) => a.name);
  return ranked.length > 0 ? ranked.map((r) => r.name).filter((n) => names.includes(n)) : names;
}

/** Win rates by row and column, both ways. */
function winRates({ headToHead: meetings }: Report): ReadonlyMap<string, ReadonlyMap<string, Figure>> {
  const rates = new Map<string, Map<string, Figure>>();
  const put = (a: string, b: string, rate: Figure): void => {
    rates.set(a, (rates.get(a) ?? new Map<string, Figure>()).set(b, rate));
  };
  for (const { a, b, winRate } of meetings) {
    if (winRate === null) continue;
    const { mean, ci, n } = winRate;
    put(a, b, winRate);
    put(b, a, { mean: 1 - mean, ci: ci === null ? null : [1 - ci[1], 1 - ci[0]], n });
  }
  return rates;
}

/** The further from one half, the stronger its colour. */
function rateCell(a: string, b: string, rate: Figure | undefined): string {
  if (rate === undefined) return '<td class="none">–</td>';
  const { mean, ci } = rate;
  const strength = Math.round(Math.min(1, Math.abs(mean - 0.5) * 2) * 45);
  const tint = `color-mix(in srgb,var(--${mean >= 0.5 ? 'good' : 'bad'}) ${strength}%,transparent)`;
  const title = escapeHtml(`${a} against ${b}: ${withInterval(rate, percent)}`);
  const range = ci === null ? '' : `${percent(ci[0])} to ${percent(ci[1])}`;
  return `<td style="background:${tint}" title="${title}"><b>${percent(mean)}</b>${small(range)}</td>`;
}

function separated({ headToHead: meetings }: Report): string {
  const tested = meetings.flatMap(({ adjustedP }) => (adjustedP === null ? [] : [adjustedP]));
  if (tested.length === 0) return '';
  const apart = tested.filter((p) => p < 0.05).length;
  const share = `${apart} of ${meetings.length} gold differences are distinguishable from 0`;
  return ` ${share} at the 5 % level after Holm’s correction.`;
}
