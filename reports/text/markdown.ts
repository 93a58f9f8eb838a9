import type { AlgorithmRow } from '../report/algorithms.js';
import type { Column } from '../report/columns.js';
import type { ComputeComparison, ControlReport, MatchedComparison } from '../report/comparisons.js';
import { escapeMarkdown } from '../report/escape.js';
import { flops, number, percent, withInterval } from '../report/format.js';
import type { Report } from '../report/model.js';
import { ALGORITHMS } from '../report/tables/algorithms.js';
import { DROPPED, dropped, facts, SOURCES, SPLITS } from '../report/tables/data.js';
import { FAILURES, SHARED_STAGES } from '../report/tables/background.js';
import {
  CONTROL,
  FAMILIES,
  HEAD_TO_HEAD,
  MATCHED_COMPUTE,
  MATCHED_KL,
  RANKING,
} from '../report/tables/comparisons.js';
import { markdownTable, tableOf } from './table.js';

/**
 * The whole report as text: every section that has something to say, every mean with its 95 % interval.
 * @param columns of the algorithms' table
 */
export function toMarkdown(report: Report, columns: readonly Column<AlgorithmRow>[] = ALGORITHMS): string {
  const parts = [
    `# ${escapeMarkdown(report.name)}`,
    escapeMarkdown(report.description),
    list(report.verdicts),
    ...algorithms(report, columns),
    ...equalKl(report),
    ...equalCompute(report),
    ...families(report),
    ...deviations(report),
    ...control(report),
    power(report),
    ...ranking(report),
    ...headToHead(report),
    ...data(report),
    ...report.rewardModels.flatMap(rewardModel),
    ...sharedStages(report),
    ...failures(report),
    ...notes(report),
    ...environment(report),
  ];
  return `${parts.filter((part) => part !== '').join('\n\n')}\n`;
}

const list = (items: readonly string[]): string =>
  items.map((item) => `- ${escapeMarkdown(item)}`).join('\n');

function algorithms(report: Report, columns: readonly Column<AlgorithmRow>[]): string[] {
  const { reference } = report;
  return [
    '## Algorithms',
    `${report.seeds.length} pipeline seeds; mean [95 % interval].`,
    tableOf(report.algorithms, columns),
    reference === null
      ? ''
      : `Start (${escapeMarkdown(reference.name)}): gold reward ${withInterval(reference.goldReward)}.`,
  ];
}

function equalKl({ matchedKl }: Report): string[] {
  if (matchedKl.length === 0) return [];
  return [
    '## At equal KL',
    'Gold reward of a minus b at the most KL that both reach in every seed, and on average over the ' +
      'common range (validation prompts).',
    tableOf(matchedKl, MATCHED_KL, { match }),
  ];
}

const match = ({ match: tested }: MatchedComparison): string =>
  tested === null ? '–' : `${tested.equivalent ? 'yes' : 'not shown'}, within ±${number(tested.margin)}`;

function equalCompute({ matchedCompute }: Report): string[] {
  if (matchedCompute.length === 0) return [];
  return [
    '## At equal compute',
    'Gold reward of a minus b at the whole cost of the cheaper one, reward models charged; the crossover ' +
      'is the budget, as a multiple of that cost, from which the dearer one is ahead for good.',
    tableOf(matchedCompute, MATCHED_COMPUTE, { budget, crossover }),
  ];
}

const budget = ({ atCheaper }: ComputeComparison): string =>
  atCheaper === null ? '–' : `${flops(atCheaper.flops)} (${escapeMarkdown(atCheaper.cheaper)})`;

function crossover({ crossover: { dearer, multiple, ci, upTo } }: ComputeComparison): string {
  if (multiple === null) return `none up to ${number(upTo)}×`;
  const last = ci?.[1] == null ? `over ${number(upTo)}` : number(ci[1]);
  const range = ci === null ? '' : ` [${number(ci[0])}, ${last}]`;
  return `${escapeMarkdown(dearer)} from ${number(multiple)}×${range}`;
}

function families({ families: rows }: Report): string[] {
  if (rows.length === 0) return [];
  return [
    '## Tuning and fairness',
    'Each seed takes the configuration with the highest proxy reward on validation prompts; its figures ' +
      'on test prompts.',
    tableOf(rows, FAMILIES),
  ];
}

const deviations = ({ deviations: found }: Report): string[] => [
  '## Deviations from the plan',
  found.length === 0 ? 'None.' : list(found),
];

function control({ control: { pairs, falseAlarms, reason } }: Report): string[] {
  if (pairs.length === 0 && falseAlarms === null) return [];
  return [
    '## Control: an algorithm against itself',
    falseAlarms === null ? escapeMarkdown(reason ?? '') : alarmRate(falseAlarms),
    pairs.length === 0 ? '' : tableOf(pairs, CONTROL, { alarm }),
  ];
}

function alarmRate({ rate, ci, n }: NonNullable<ControlReport['falseAlarms']>): string {
  const measured = `False-alarm rate ${percent(rate)} [${ci.map(percent).join(', ')}]`;
  return `${measured} over ${n} comparisons where nothing differs.`;
}

const alarm = ({ alarm: alarmed }: ControlReport['pairs'][number]): string => (alarmed ? 'yes' : 'no');

function power({ power: { delta, seeds, prompts } }: Report): string {
  if (seeds === null && prompts === null) return '';
  const needed = [seeds === null ? '' : `${seeds} seeds`, prompts === null ? '' : `${prompts} prompts`];
  const points = Number((delta * 100).toPrecision(3));
  const aim = `To resolve ${points} points of win rate with 80 % power`;
  return `${aim}: ${needed.filter(Boolean).join(', or on one seed ')}.`;
}

function ranking({ ranking: rows }: Report): string[] {
  if (rows.length === 0) return [];
  return [
    '## Ranking',
    'Bradley-Terry strength over all head-to-heads, the start at 0.',
    tableOf(rows, RANKING),
  ];
}

const headToHead = ({ headToHead: rows }: Report): string[] =>
  rows.length === 0 ? [] : ['## Head to head', tableOf(rows, HEAD_TO_HEAD)];

function data({ data: read }: Report): string[] {
  if (read === undefined) return [];
  const left = dropped(read);
  return [
    '## Data',
    list(facts(read)),
    read.sources.length === 0 ? '' : tableOf(read.sources, SOURCES),
    left.length === 0 ? '' : tableOf(left, DROPPED),
    tableOf(read.splits, SPLITS),
  ];
}

function rewardModel({ name, figures }: Report['rewardModels'][number]): string[] {
  const rows = Object.entries(figures).map(([measure, figure]) => [
    escapeMarkdown(measure),
    withInterval(figure),
  ]);
  return [`## Reward model ${escapeMarkdown(name)}`, markdownTable(['figure', 'value'], rows)];
}

const sharedStages = ({ sharedStages: rows }: Report): string[] =>
  rows.length === 0 ? [] : ['## Shared stages', tableOf(rows, SHARED_STAGES)];

const failures = ({ failures: rows }: Report): string[] => [
  '## Failures',
  rows.length === 0 ? 'None.' : tableOf(rows, FAILURES),
];

const notes = ({ notes: sentences }: Report): string[] =>
  sentences.length === 0 ? [] : ['## Notes', list(sentences)];

function environment({ environment: env, experimentHash }: Report): string[] {
  if (env === null) return [];
  const commit = env.gitCommit === null ? '' : ` (${escapeMarkdown(env.gitCommit.slice(0, 12))})`;
  const facts = [
    `${escapeMarkdown(env.cpuModel)}, ${env.cores} cores`,
    `${escapeMarkdown(env.engine)} on ${escapeMarkdown(env.device)}`,
    `Node ${escapeMarkdown(env.nodeVersion)}`,
    `tiltyard ${escapeMarkdown(env.tiltyardVersion)}${commit}`,
    `experiment ${escapeMarkdown(experimentHash.slice(0, 12))}`,
  ];
  return ['## Environment', `${facts.join('; ')}.`];
}
