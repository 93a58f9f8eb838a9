import type { DrawnFigure } from '../figures/draw.js';
import type { LegendEntry } from '../figures/key.js';
import type { AlgorithmRow } from '../report/algorithms.js';
import type { Column } from '../report/columns.js';
import { escapeHtml } from '../report/escape.js';
import type { Report } from '../report/model.js';
import { answer } from './answer.js';
import { environment, failures, notes, parameters, rewardModels, samples, shared } from './background.js';
import { name } from './cells.js';
import { equalCompute } from './compute.js';
import { data } from './data.js';
import { doubts, rewardsOnPolicies } from './doubts.js';
import { families, whoChooses } from './families.js';
import { figuresBeside, switchStyle } from './figure.js';
import { frontiers } from './frontiers.js';
import { glance } from './glance.js';
import { headToHead } from './head-to-head.js';
import { ladder } from './ladder.js';
import { page } from './page.js';
import { judging } from './judging.js';
import { inJudgeWords } from '../report/judge-words.js';
import { closed, section } from './section.js';
import { damaged } from './damaged.js';

type Figures = ReadonlyMap<string, DrawnFigure>;

/**
 * One file: no network, complete without its script, light and dark, from 360 px up, printable.
 * @param columns of the algorithms' table
 */
export const toHtml = (report: Report, figures: Figures, columns?: readonly Column<AlgorithmRow>[]): string =>
  inJudgeWords(report, (worded) => html(worded, figures, columns));

function html(report: Report, figures: Figures, columns?: readonly Column<AlgorithmRow>[]): string {
  const drawn = (...ids: readonly string[]): string =>
    figuresBeside(ids.flatMap((id) => figures.get(id) ?? []));
  const legend = familiesIn(figures);
  const sections = [
    answer(report, figures),
    frontiers(report, figures.has('frontier') ? figures.get('families') : undefined, legend),
    ladder(report, drawn('ladder')),
    equalCompute(report, drawn('equal-compute'), drawn('ledger')),
    families(report, drawn('pairs')),
    whoChooses(report, drawn('sensitivity')),
    judging(report),
    doubts(report),
    rewardsOnPolicies(report, drawn('on-policy')),
    ...[
      glance(report, columns),
      headToHead(report),
      section('training', 'Along training', drawn('learning'), drawn('over-optimisation')),
      rewardModels(report, drawn('reward-figures')),
      data(report),
      samples(report),
      shared(report),
      parameters(report),
      notes(report),
      environment(report),
      failures(report),
    ].map(closed),
  ];
  const style = legend.length > 1 ? switchStyle(legend) : '';
  return page(report.name, `${header(report)}\n${sections.join('')}`, style);
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
  return `<header class="compact">
<p class="eyebrow">Tiltyard report</p>
<h1>${name(report.name)}</h1>
<p class="meta">${setup(report).join('')}</p>
</header>${damaged(report.damages ?? [])}`;
}

/** What it was; what fewer readers ask for is left out where the screen is narrow. */
function setup({ seeds, dataset, environment: env, experimentHash }: Report): string[] {
  const aside = (text: string): string => `<span class="aside"> · ${escapeHtml(text)}</span>`;
  const facts = [`${seeds.length} ${seeds.length === 1 ? 'seed' : 'seeds'} · dataset ${name(dataset.name)}`];
  if (env !== null) {
    facts.push(aside(`${env.engine} on ${env.device}`));
    facts.push(aside(`${env.parameters.toLocaleString('en')} parameters`));
  }
  return [...facts, aside(`experiment ${experimentHash.slice(0, 12)}`)];
}
