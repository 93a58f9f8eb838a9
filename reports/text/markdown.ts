import type { AlgorithmRow } from '../report/algorithms.js';
import { type Column, filled } from '../report/columns.js';
import type { ControlReport } from '../report/comparisons.js';
import { NOT_WHOLE } from '../report/damages.js';
import { escapeMarkdown } from '../report/escape.js';
import { number, percent, signed, withInterval } from '../report/format.js';
import { accounting } from '../report/accounting.js';
import type { Report } from '../report/model.js';
import { rewardMeasures, testedOn } from '../report/reward-figures.js';
import { breakEvenSentence } from '../report/purchases.js';
import { ALGORITHMS } from '../report/tables/algorithms.js';
import {
  AT_BUDGETS,
  COMPUTE,
  frontierColumns,
  GRIDS,
  gridLines,
  LADDER_STEPS,
  REWARDS_ON_POLICIES,
  SENSITIVITY,
  TESTED,
  UNTESTED,
} from '../report/tables/answer.js';
import { FAILURES, SHARED_STAGES } from '../report/tables/background.js';
import { CONTROL, HEAD_TO_HEAD } from '../report/tables/comparisons.js';
import { DROPPED, dropped, facts, SOURCES, splitColumns } from '../report/tables/data.js';
import { inJudgeWords } from '../report/judge-words.js';
import { undecided } from '../report/undecided.js';
import { judging } from './judging.js';
import { warnings } from '../report/warnings.js';
import { markdownTable, tableOf } from './table.js';

/**
 * The whole report as text: every section that has something to say, every mean with its 95 % interval.
 * @param columns of the algorithms' table
 */
export const toMarkdown = (report: Report, columns: readonly Column<AlgorithmRow>[] = ALGORITHMS): string =>
  inJudgeWords(report, (worded) => markdown(worded, columns));

function markdown(report: Report, given: readonly Column<AlgorithmRow>[]): string {
  const columns = filled(given, report.algorithms);
  const parts = [
    `# ${escapeMarkdown(report.name)}`,
    ...damaged(report.damages ?? []),
    ...answer(report),
    ...frontiers(report),
    ...ladder(report),
    ...equalCompute(report),
    ...families(report),
    ...sensitivity(report),
    ...judging(report),
    ...doubts(report),
    ...deviations(report),
    ...control(report),
    ...rewardsOnPolicies(report),
    ...algorithms(report, columns),
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

/** What is not as it was written, above all else. */
export const damaged = (damages: readonly string[]): string[] =>
  damages.length === 0 ? [] : [`**${NOT_WHOLE}**`, list(damages)];

const list = (items: readonly string[]): string =>
  items.map((item) => `- ${escapeMarkdown(item)}`).join('\n');

function algorithms(report: Report, columns: readonly Column<AlgorithmRow>[]): string[] {
  const { reference } = report;
  return [
    '## Configurations',
    `${report.seeds.length} pipeline seeds; mean [95 % interval].`,
    tableOf(report.algorithms, columns),
    reference === null
      ? ''
      : `Start (${escapeMarkdown(reference.name)}): gold reward ${withInterval(reference.goldReward)}.`,
  ];
}

/** The sentence, what weakens it, what it rests on. */
function answer(report: Report): string[] {
  const { answer: found, description } = report;
  const doubt = warnings(report);
  const { primary } = found;
  return [
    escapeMarkdown(found.sentence),
    doubt.length === 0 ? '' : `Warning: ${doubt.map(escapeMarkdown).join(' ')}`,
    list(found.details),
    report.data === undefined ? '' : escapeMarkdown(`Data: ${accounting(report.data).join(' ')}`),
    primary === null ? '' : tableOf([primary], TESTED),
    escapeMarkdown(description),
  ];
}

function frontiers({ frontiers: rows, answer: { primary } }: Report): string[] {
  if (rows.length === 0) return [];
  return [
    '## Within a KL budget',
    'Gold reward above the start on test prompts, of the best mixture of configurations whose KL is at ' +
      'most the budget.',
    tableOf(rows, frontierColumns(rows)),
    primary === null || primary.budgets.length === 0
      ? ''
      : `${escapeMarkdown(`${primary.a} minus ${primary.b} at each budget, exploratory:`)}`,
    primary === null || primary.budgets.length === 0 ? '' : tableOf(primary.budgets, AT_BUDGETS),
  ];
}

function ladder({ ladder: found }: Report): string[] {
  if (found === null) return [];
  return [
    '## What makes the difference',
    `Mean over KL budgets up to ${number(found.budget)} nats; from the first rung to the last ` +
      `${withInterval(found.whole, signed)}, the sum of the steps.`,
    tableOf(found.steps, LADDER_STEPS),
    escapeMarkdown(found.aboutTruth ?? ''),
  ];
}

function equalCompute({ compute, breakEven }: Report): string[] {
  if (compute.length + breakEven.length === 0) return [];
  return [
    '## At equal compute',
    compute.length === 0
      ? ''
      : 'Gold reward of the first minus the second where both may spend the same, reward models and choice ' +
        'charged; a crossover lies between two budgets.',
    compute.length === 0 ? '' : tableOf(compute, COMPUTE),
    list(breakEven.map(breakEvenSentence)),
  ];
}

function families({ answer: { secondary } }: Report): string[] {
  const { open, comparisons } = secondary;
  if (comparisons.length === 0) return [];
  return [
    '## Family against family',
    open
      ? 'Mean over KL budgets, each pair once, corrected over the pairs.'
      : 'Not read as tests: pairs are tested only where RL and offline are said to differ.',
    tableOf(comparisons, open ? TESTED : UNTESTED),
  ];
}

const sensitivity = ({ answer: { sensitivity: rows } }: Report): string[] =>
  rows.length === 0 ? [] : ['## Where something else chooses', tableOf(rows, SENSITIVITY)];

function doubts({ answer: found, grids }: Report): string[] {
  const apart = undecided(found);
  return [
    ...(apart.length === 0 ? [] : ['## What could not be told apart', list(apart)]),
    ...(grids.length === 0 ? [] : ['## What was tried', tableOf(gridLines(grids), GRIDS)]),
  ];
}

const rewardsOnPolicies = ({ rewardsOnPolicies: rows }: Report): string[] =>
  rows.length === 0 ? [] : ['## The reward on what the policies write', tableOf(rows, REWARDS_ON_POLICIES)];

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
    tableOf(read.splits, splitColumns(read)),
  ];
}

function rewardModel(model: Report['rewardModels'][number]): string[] {
  const rows = rewardMeasures([model]).map((measure) => [
    escapeMarkdown(measure),
    withInterval(model.figures[measure]!),
  ]);
  const title = `## Reward model ${escapeMarkdown(model.name)}`;
  return [title, `${testedOn(model)}.`, markdownTable(['figure', 'value'], rows)];
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
