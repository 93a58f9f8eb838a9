import { MAX_CURVES } from '../figures/key.js';
import type { SampleSet } from '../report/background.js';
import { escapeHtml } from '../report/escape.js';
import { bytes, number, signed } from '../report/format.js';
import type { Report } from '../report/model.js';
import { rewardMeasures, testedOn } from '../report/reward-figures.js';
import { FAILURES, SHARED_STAGES } from '../report/tables/background.js';
import { figureCell, name, rowHead, textCell } from './cells.js';
import { htmlColumns } from './columns.js';
import { details, hint, list, section } from './section.js';
import { type HtmlColumn, scroll, table } from './table.js';
import { written } from './written.js';

const REWARD_FIGURES =
  '<code>test/</code> figures are on pairs no run trained on; <code>gold_agreement</code> is the share of ' +
  'them ordered as the gold reward orders them; <code>heldout/</code> figures are on the pairs kept for ' +
  'early stopping.';

/**
 * A figure a row, a reward model a column.
 * @param drawn its figure
 */
export function rewardModels({ rewardModels: models }: Report, drawn: string): string {
  const tables = Array.from({ length: Math.ceil(models.length / BESIDE) }, (_, i) =>
    rewardTable(`reward-table${i === 0 ? '' : `-${i + 1}`}`, models.slice(BESIDE * i, BESIDE * (i + 1))),
  );
  return section('reward-models', 'Reward models', hint(REWARD_FIGURES), drawn, ...tables);
}

/** Reward models beside one another: more are wider than the page. */
const BESIDE = 7;

function rewardTable(id: string, models: Report['rewardModels']): string {
  const measures = rewardMeasures(models);
  const columns: HtmlColumn<string>[] = [
    ['figure', (measure) => rowHead(measure)],
    ...models.map(
      (model): HtmlColumn<string> => [
        `${name(model.name)}<small>${testedOn(model)}</small>`,
        (measure) => figureCell(model.figures[measure] ?? null, (x) => number(x)),
      ],
    ),
  ];
  return measures.length === 0 ? '' : table(id, measures, columns);
}

export const samples = ({ samples: sets }: Report): string =>
  section(
    'samples',
    'Samples',
    hint(
      'The first test prompts of the first seed, every policy with the same decoding randomness; the ' +
        'number is the gold reward. ↵ is the end of a line, ⇥ a tab, · a blank at the edge.',
    ),
    ...sets.map(sample),
  );

function sample({ prompt, completions }: SampleSet): string {
  const answers = completions.slice(0, MAX_CURVES + 1).map(({ name: who, text, gold }) => {
    const reward = `<span>${gold === null ? '' : escapeHtml(signed(gold))}</span>`;
    return `<div><dt>${name(who)} ${reward}</dt><dd>${written(text)}</dd></div>`;
  });
  return `<article class="sample"><h3>${written(prompt)}</h3><dl>${answers.join('')}</dl></article>`;
}

export const shared = ({ sharedStages }: Report): string =>
  section(
    'shared',
    'Shared stages',
    hint(
      'Run once per seed for every algorithm alike; a reward model is charged to the algorithms that use it.',
    ),
    sharedStages.length === 0 ? '' : table('shared-table', sharedStages, htmlColumns(SHARED_STAGES)),
  );

export function parameters({ algorithms, dataset }: Report): string {
  const algorithmBlocks = algorithms.map((a) =>
    parameterBlock(`${name(a.name)}: ${name(a.algorithm)}`, a.params),
  );
  return section(
    'parameters',
    'Parameters',
    algorithmBlocks.join(''),
    parameterBlock(`dataset ${name(dataset.name)}`, dataset.params),
  );
}

function parameterBlock(title: string, values: Readonly<Record<string, unknown>>): string {
  const pairs = Object.entries(values).map(
    ([key, value]) => `<code>${escapeHtml(key)} = ${escapeHtml(JSON.stringify(value))}</code>`,
  );
  return details(title, `<p class="params">${pairs.join(' ')}</p>`);
}

export const notes = ({ notes: sentences }: Report): string =>
  section('notes', 'How to read this', sentences.length === 0 ? '' : list(sentences.map(escapeHtml)));

export function environment({ environment: env }: Report): string {
  if (env === null) return '';
  const commit = env.gitCommit === null ? '' : `, commit ${env.gitCommit.slice(0, 12)}`;
  const facts: [string, string][] = [
    ['engine', `${env.engine} on ${env.device}: ${env.engineReason}`],
    ['processor', `${env.cpuModel}, ${env.cores} cores, ${bytes(env.memoryBytes)}`],
    ['platform', env.platform],
    ['Node', env.nodeVersion],
    ['tiltyard', `${env.tiltyardVersion}${commit}`],
    ...Object.entries(env.versions),
  ];
  const rows = facts.map(([what, value]) => `<tr>${rowHead(what)}${textCell(value)}</tr>`);
  return section('environment', 'Environment', scroll(`<table><tbody>${rows.join('')}</tbody></table>`));
}

export const failures = ({ failures: rows }: Report): string =>
  section(
    'failures',
    rows.length === 0 ? 'Failures: none' : `Failures: ${rows.length}`,
    rows.length === 0
      ? '<p>None: every run finished.</p>'
      : table('failure-table', rows, htmlColumns(FAILURES)),
  );
