import { escapeHtml as e } from '../report/escape.js';
import { number, percent, si } from '../report/format.js';
import type { FamilyRow } from '../report/algorithms.js';
import type { Report } from '../report/model.js';
import { differenceCell, figureCell, hint, name, none, rowHead, section, table } from './cells.js';

/** Did all have the same chances, and what do the verdicts say where nothing is there? */
export const fairness = (report: Report, drawn: string): string =>
  section('fairness', 'Tuning and fairness', families(report), drawn, choices(report), deviations(report), control(report), power(report));

const families = ({ families: rows }: Report): string =>
  rows.length === 0
    ? ''
    : `${hint('Each seed takes the configuration whose last evaluation on validation prompts has the highest proxy reward, never the gold reward; the figures are its, on test prompts. <i>Gain along KL</i> is the mean gain over the start along √KL over the range that all families reach; <i>dominated</i> the share of a family’s evaluations below another family’s frontier.')}${table('families', rows, [
        ['family', (f) => rowHead(f.name)],
        ['configurations', (f) => `<td>${f.variants.length}</td>`],
        ['tuning cost', (f) => figureCell(f.tuningFlops, (x) => si(x, 'FLOP'))],
        ['gold reward, tuned', (f) => (f.tuned === null ? none(f.missing.join('; ')) : figureCell(f.tuned.goldReward))],
        ['against the start', (f) => differenceCell(f.tuned?.goldDifference ?? null)],
        ['win rate: start', (f) => figureCell(f.tuned?.winRate ?? null, percent)],
        ['KL, nats', (f) => figureCell(f.tuned?.kl ?? null)],
        ['gain along KL', (f) => (f.area === null ? none() : figureCell(f.area.gain))],
        ['dominated', (f) => figureCell(f.dominated, percent)],
      ])}`;

function choices({ families: rows }: Report): string {
  const said = rows.flatMap((f) => [...(f.tuned === null || f.variants.length < 2 ? [] : [`<b>${name(f.name)}</b> took ${counted(f.tuned.choices)}`]), ...f.missing.map((m) => `<b>${name(f.name)}</b>: ${e(m)}`)]);
  return said.length === 0 ? '' : `<details><summary>Which configuration was chosen</summary><ul>${said.map((s) => `<li>${s}.</li>`).join('')}</ul></details>`;
}

/** `a in 7 seeds, b in 3`, the most frequent first. */
function counted(chosen: NonNullable<FamilyRow['tuned']>['choices']): string {
  const counts = new Map<string, number>();
  for (const { variant } of chosen) counts.set(variant, (counts.get(variant) ?? 0) + 1);
  return [...counts].sort((a, b) => b[1] - a[1]).map(([variant, n]) => `${name(variant)} in ${n} of ${chosen.length} seeds`).join(', ');
}

const deviations = ({ deviations: list }: Report): string => `<h3>Deviations from the plan</h3>${list.length === 0 ? '<p>None: every run is as it was planned and hashed before the first of them.</p>' : `<ul>${list.map((d) => `<li>${e(d)}</li>`).join('')}</ul>`}`;

function control({ control: { pairs, falseAlarms, reason } }: Report): string {
  if (pairs.length === 0 && falseAlarms === null) return reason === null ? '' : `<h3>Control</h3><p>${e(reason)}</p>`;
  const rate = falseAlarms === null ? (reason === null ? '' : `<p>${e(reason)}</p>`) : `<p>False-alarm rate <b>${percent(falseAlarms.rate)}</b> (${percent(falseAlarms.ci[0])} to ${percent(falseAlarms.ci[1])}; ${falseAlarms.n} comparisons where nothing differs); 5 % is what a 95 % interval promises.</p>`;
  return `<h3>Control: an algorithm against itself</h3>${rate}${pairs.length === 0 ? '' : table('control', pairs, [['algorithm', (p) => rowHead(p.name)], ['gold difference', (p) => differenceCell(p.goldDifference)], ['verdict', (p) => `<td>${p.alarm ? '<b>false alarm</b>' : 'no difference, as it should be'}</td>`]])}`;
}

function power({ power: p }: Report): string {
  if (p.seeds === null && p.prompts === null) return '';
  const needed = [p.seeds === null ? '' : `${p.seeds} seeds`, p.prompts === null ? '' : `${p.prompts.toLocaleString('en')} prompts`].filter(Boolean).join(', or on one seed ');
  const basis = [p.deviation === null ? '' : `win rates of a pair deviate by ${number(p.deviation)} between seeds`, p.correlation === null ? '' : `two policies’ outcomes on a prompt correlate at ${number(p.correlation, 2)}`].filter(Boolean).join('; ');
  return `<h3>What it would take</h3><p>To resolve ${Number((p.delta * 100).toPrecision(3))} points of win rate with 80 % power at the 5 % level: ${needed}${basis === '' ? '' : ` (${basis})`}.</p>`;
}
