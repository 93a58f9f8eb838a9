import type { Figure } from '../../harness/stats/interval.js';
import { MAX_CURVES } from '../figures/key.js';
import type { AlgorithmRow } from '../report/algorithms.js';
import { escapeHtml } from '../report/escape.js';
import { number, percent, withInterval } from '../report/format.js';
import type { Report } from '../report/model.js';
import { name, rowHead, small } from './cells.js';
import { hint, section } from './section.js';
import { plainTable } from './table.js';

/** Every algorithm against every other, as a matrix. */
export function headToHead(report: Report): string {
  if (report.headToHead.length === 0) return '';
  const order = highestFirst(report);
  const names = order.slice(0, MAX_CURVES);
  const roomy = names.length <= ROOMY;
  const rates = winRates(report);
  const corner = `<th></th>${names.map((column) => `<th scope="col">${name(column)}</th>`).join('')}`;
  const rows = names.map((a) => {
    const cells = names.map((b) =>
      a === b ? '<td class="none">·</td>' : rateCell(a, b, rates.get(a)?.get(b), roomy),
    );
    return `<tr>${rowHead(a)}${cells.join('')}</tr>`;
  });
  const cut =
    order.length > names.length
      ? ` The first ${names.length} of ${number(order.length)} are shown; report.json has all.`
      : '';
  const reading =
    'How often the row’s completion has the higher gold reward than the column’s, on the same prompts; ' +
    `ties count as half. Exploratory; gold differences with their q-values are in report.md.${cut}`;
  const attributes = ` class="matrix${roomy ? '' : ' dense'}"`;
  return section('head-to-head', 'Head to head', hint(reading), plainTable(corner, rows, attributes));
}

/** Entrants whose cells have room for their intervals. */
const ROOMY = 7;

function highestFirst({ algorithms }: Report): string[] {
  const gold = ({ goldReward }: AlgorithmRow): number => goldReward?.mean ?? Number.NEGATIVE_INFINITY;
  return [...algorithms].sort((a, b) => gold(b) - gold(a)).map(({ name: who }) => who);
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
function rateCell(a: string, b: string, rate: Figure | undefined, roomy: boolean): string {
  if (rate === undefined) return '<td class="none">–</td>';
  const { mean, ci } = rate;
  const strength = Math.round(Math.min(1, Math.abs(mean - 0.5) * 2) * 45);
  const tint = `color-mix(in srgb,var(--${mean >= 0.5 ? 'good' : 'bad'}) ${strength}%,transparent)`;
  const title = escapeHtml(`${a} against ${b}: ${withInterval(rate, percent)}`);
  const range = ci === null || !roomy ? '' : `${percent(ci[0])} to ${percent(ci[1])}`;
  const shown = roomy ? percent(mean) : (100 * mean).toFixed(0);
  return `<td style="background:${tint}" title="${title}"><b>${shown}</b>${small(range)}</td>`;
}
