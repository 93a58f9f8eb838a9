import type { DrawnFigure } from '../figures/draw.js';
import { escapeHtml as e } from '../report/escape.js';
import { environment, failures, notes, parameters, rewardModels, samples, shared } from './background.js';
import { name, section } from './cells.js';
import { fairness } from './fairness.js';
import { figure, switches, switchStyle } from './figure.js';
import { equalCompute, equalKl } from './matched.js';
import { glance, verdictList } from './outcome.js';
import { headToHead, ranking } from './standing.js';
import type { Report } from '../report/model.js';
import { page } from './page.js';

/** One file: no network, complete without its script, light and dark, from 360 px up, printable. */
export function toHtml(report: Report, figures: ReadonlyMap<string, DrawnFigure>): string {
  const drawn = (...ids: readonly string[]): string => {
    const found = ids.flatMap((id) => figures.get(id) ?? []);
    return found.length > 1 ? `<div class="figures">${found.map((f) => figure(f)).join('')}</div>` : found.map((f) => figure(f)).join('');
  };
  const frontier = figures.get('frontier');
  const legend = [...new Map([...figures.values()].flatMap((f) => f.legend.flatMap((l) => (l.family === null ? [] : [[l.family, l] as const])))).values()].sort((a, b) => a.family! - b.family!);
  return page(
    report.name,
    `<header>
<p class="eyebrow">Tiltyard report</p>
<h1>${name(report.name)}</h1>
${report.description === '' ? '' : `<p class="lede">${name(report.description)}</p>`}
<p class="meta">${report.seeds.length} pipeline ${report.seeds.length === 1 ? 'seed' : 'seeds'} · dataset ${name(report.dataset.name)}${report.environment === null ? '' : ` · ${e(report.environment.engine)} on ${e(report.environment.device)} · ${report.environment.parameters.toLocaleString('en')} parameters`} · experiment ${e(report.experimentHash.slice(0, 12))}</p>
</header>
${report.failures.length === 0 ? '' : `<p class="alarm">${report.failures.length} of the runs did not finish; <a href="#failures">see which and why</a>.</p>`}
${verdictList(report)}${glance(report)}${section('against-kl', 'Gold reward against KL', legend.length > 1 ? switches(legend) : '', frontier === undefined ? '' : figure(frontier, legend.length > 1 ? '' : undefined))}${equalKl(report, drawn('equal-kl'))}${equalCompute(report, drawn('equal-compute') + drawn('ledger'))}${section('training', 'Along training', drawn('learning'), drawn('over-optimisation'))}${fairness(report, drawn('tuning'))}${ranking(report, drawn('ranking-figure', 'profiles'))}${headToHead(report)}${rewardModels(report, drawn('reward-figures'))}${samples(report)}${shared(report)}${parameters(report)}${notes(report)}${environment(report)}${failures(report)}`,
    legend.length > 1 ? switchStyle(legend) : '',
  );
}
