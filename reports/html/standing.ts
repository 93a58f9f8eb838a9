import { escapeHtml as e } from '../report/escape.js';
import { number, percent, withInterval } from '../report/format.js';
import { MAX_CURVES } from '../figures/key.js';
import type { Report } from '../report/model.js';
import { figureCell, hint, name, rowHead, section, table } from './cells.js';
import { scroll } from './page.js';

/** Points of Elo for one unit of Bradley-Terry strength. */
const ELO = 400 * Math.LOG10E;

export const ranking = (report: Report, drawn: string): string =>
  section(
    'ranking',
    'Ranking',
    drawn,
    report.ranking.length === 0 ? '' : `${hint('Bradley-Terry strengths over all head-to-heads, the start at 0; Elo is the same on its own scale.')}${table('rank-table', report.ranking, [['rank', (r) => `<td class="name" data-v="${r.rank}">${r.rank}</td>`], ['name', (r) => rowHead(r.name)], ['strength', (r) => figureCell(r.theta)], ['Elo', (r) => figureCell(r.theta, (x) => (x * ELO).toFixed(0))]])}`,
  );

export function headToHead(report: Report): string {
  if (report.headToHead.length === 0) return '';
  const order = report.ranking.length > 0 ? report.ranking.map((r) => r.name).filter((n) => report.algorithms.some((a) => a.name === n)) : report.algorithms.map((a) => a.name);
  const names = order.slice(0, MAX_CURVES);
  const found = new Map(report.headToHead.flatMap(({ a, b, winRate: w }) => (w === null ? [] : [[`${a}\n${b}`, w], [`${b}\n${a}`, { mean: 1 - w.mean, ci: w.ci === null ? null : ([1 - w.ci[1], 1 - w.ci[0]] as const), n: w.n }]] as const)));
  const rate = (a: string, b: string): string => {
    const f = found.get(`${a}\n${b}`);
    if (a === b) return '<td class="none">·</td>';
    if (f === undefined) return '<td class="none">–</td>';
    const strength = Math.round(Math.min(1, Math.abs(f.mean - 0.5) * 2) * 45);
    return `<td style="background:color-mix(in srgb,var(--${f.mean >= 0.5 ? 'good' : 'bad'}) ${strength}%,transparent)" title="${e(`${a} against ${b}: ${withInterval(f, percent)}`)}"><b>${percent(f.mean)}</b>${f.ci === null ? '' : `<small>${percent(f.ci[0])} to ${percent(f.ci[1])}</small>`}</td>`;
  };
  const separated = report.headToHead.filter((h) => h.adjustedP !== null && h.adjustedP < 0.05).length;
  const holm = report.headToHead.some((h) => h.adjustedP !== null) ? ` ${separated} of ${report.headToHead.length} gold differences are distinguishable from 0 at the 5 % level after Holm’s correction.` : '';
  const cut = order.length > names.length ? ` The first ${names.length} of ${number(order.length)} are shown; report.json has all.` : '';
  return section('head-to-head', 'Head to head', hint(`How often the row’s completion has the higher gold reward than the column’s, on the same prompts; ties count as half.${holm}${cut}`), scroll(`<table class="matrix"><thead><tr><th></th>${names.map((n) => `<th scope="col">${name(n)}</th>`).join('')}</tr></thead><tbody>${names.map((a) => `<tr>${rowHead(a)}${names.map((b) => rate(a, b)).join('')}</tr>`).join('')}</tbody></table>`));
}
