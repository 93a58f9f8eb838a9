import type { DrawnFigure } from '../figures/draw.js';
import type { LegendEntry } from '../figures/key.js';
import type { AlgorithmRow } from '../report/algorithms.js';
import type { Column } from '../report/columns.js';
import { escapeHtml } from '../report/escape.js';
import type { Report } from '../report/model.js';
import { environment, failures, notes, parameters, rewardModels, samples, shared } from './background.js';
import { name } from './cells.js';
import { data } from './data.js';
import { fairness } from './fairness.js';
import { figure, figuresBeside, switches, switchStyle } from './figure.js';
import { equalCompute, equalKl } from './matched.js';
import { glance, verdictList } from './outcome.js';
import { page } from './page.js';
import { section } from './section.js';
import { headToHead, ranking } from './standing.js';

type Figures = ReadonlyMap<string, DrawnFigure>;

/**
 * One file: no network, complete without its script, light and dark, from 360 px up, printable.
 * @param columns of the algorithms' table
 */
export function toHtml(report: Report, figures: Figures, columns?: readonly Column<AlgorithmRow>[]): string {
  const drawn = (...ids: readonly string[]): string =>
    figuresBeside(ids.flatMap((id) => figures.get(id) ?? []));
  const legend = familiesIn(figures);
  const sections = [
    verdictList(report),
    glance(report, columns),
    againstKl(figures.get('frontier'), legend),
    equalKl(report, drawn('equal-kl')),
    equalCompute(report, drawn('equal-compute') + drawn('ledger')),
    section('training', 'Along training', drawn('learning'), drawn('over-optimisation')),
    fairness(report, drawn('tuning')),
    ranking(report, drawn('ranking-figure', 'profiles')),
    headToHead(report),
    rewardModels(report, drawn('reward-figures')),
    data(report),
    samples(report),
    shared(report),
    parameters(report),
    notes(report),
    environment(report),
    failures(report),
  ];
  const style = legend.length > 1 ? switchStyle(legend) : '';
  return page(report.name, `${header(report)}\n${alarm(report)}\n${sections.join('')}`, style);
}

/** Every family that some figure draws, once. */
function familiesIn(figures: Figures): LegendEntry[] {
  const byFamily = new Map<number, LegendEntry>();
  for (const entry of [...figures.values()].flatMap(({ legend }) => legend)) {
    if (entry.family !== null) byFamily.set(entry.family, entry);
  }
  return [...byFamily.values()].sort((a, b) => a.family! - b.family!);
}

function header(report: Report): string {
  const description = report.description === '' ? '' : `<p class="lede">${name(report.description)}</p>`;
  return `<header>
<p class="eyebrow">Tiltyard report</p>
<h1>${name(report.name)}</h1>
${description}
<p class="meta">${setup(report).join(' · ')}</p>
</header>`;
}

function setup({ seeds, dataset, environment: env, experimentHash }: Report): string[] {
  const facts = [
    `${seeds.length} pipeline ${seeds.length === 1 ? 'seed' : 'seeds'}`,
    `dataset ${name(dataset.name)}`,
  ];
  if (env !== null) {
    facts.push(`${escapeHtml(env.engine)} on ${escapeHtml(env.device)}`);
    facts.push(`${env.parameters.toLocaleString('en')} parameters`);
  }
  return [...facts, `experiment ${escapeHtml(experimentHash.slice(0, 12))}`];
}

const alarm = ({ failures: { length } }: Report): string =>
  length === 0
    ? ''
    : `<p class="alarm">${length} of the runs did not finish; <a href="#failures">see which and why</a>.</p>`;

/**
 * Where several families are drawn, the switches above stand for this figure's legend and for all others'.
 */
function againstKl(frontier: DrawnFigure | undefined, legend: readonly LegendEntry[]): string {
  const several = legend.length > 1;
  const drawing = frontier === undefined ? '' : figure(frontier, several ? '' : undefined);
  return section('against-kl', 'Gold reward against KL', several ? switches(legend) : '', drawing);
}
