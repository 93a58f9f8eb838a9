import { bytes, percent, seconds, si } from '../report/format.js';
import { escapeHtml as e } from '../report/escape.js';
import type { AlgorithmRow } from '../report/algorithms.js';
import type { Report } from '../report/model.js';
import { differenceCell, figureCell, folded, hint, name, none, rowHead, section, table } from './cells.js';

/** The sentences: the first alone, some open, the rest folded. */
export function verdictList({ verdicts }: Report): string {
  const [lead, ...others] = verdicts.map((v) => e(v));
  return section('outcome', 'What came out', lead === undefined ? '' : `<p class="lead">${lead}</p>`, folded(others, 8, 300));
}

/** One row per configuration, then what they are measured against. */
export function glance(report: Report): string {
  const start = report.reference;
  const columns: [string, (a: AlgorithmRow) => string][] = [
    ['algorithm', (a) => rowHead(a.name)],
    ['gold reward', (a) => figureCell(a.goldReward)],
    ['against the start', (a) => (a.goldDifference === null ? none(a.missing.join('; ')) : differenceCell(a.goldDifference))],
    ['win rate: start', (a) => figureCell(a.winRate.vsReference, percent)],
    ['at equal length', (a) => figureCell(a.winRate.lengthControlled, percent)],
    ['win rate: chosen', (a) => figureCell(a.winRate.vsChosen, percent)],
    ['KL, nats', (a) => figureCell(a.kl.sequence)],
    ['IQM', (a) => figureCell(a.aggregate.interquartileMean)],
    ['P(improves)', (a) => figureCell(a.aggregate.improvement, percent)],
    ['compute', (a) => figureCell(a.compute.flops, (x) => si(x, 'FLOP'))],
    ['time, peak memory', timeAndMemory],
    ['runs', (a) => `<td>${a.completed}/${a.runs}</td>`],
  ];
  const filled = (...first: readonly string[]): string[] => columns.map((_, i) => first[i] ?? none());
  const after = [
    ...(start === null ? [] : [filled(rowHead(start.name, 'the start'), figureCell(start.goldReward), '<td>0</td>', '<td>50%</td>', none(), none(), '<td>0</td>')]),
    ...(report.chosen === null ? [] : [filled(rowHead('chosen', 'held-out pairs'), figureCell(report.chosen.goldReward))]),
  ];
  const scores = report.algorithms.some((a) => a.aggregate.interquartileMean !== null) ? ' IQM is the interquartile mean over seeds of scores where 0 is the start and 1 the best compared; P(improves) the chance that a random seed beats a random seed of the start.' : '';
  return section(
    'algorithms',
    'At a glance',
    hint(`Mean over seeds, 95 % interval beneath; win rates count ties as half.${scores}`),
    table('glance', report.algorithms, columns, after),
    estimators(report),
    exactTable(report),
  );
}

/** How KL was estimated: in a word where it was for all alike, else folded. */
function estimators({ algorithms }: Report): string {
  const by = new Map<string, string[]>();
  for (const a of algorithms) if (a.kl.estimator !== null) by.set(a.kl.estimator, [...(by.get(a.kl.estimator) ?? []), name(a.name)]);
  const said = [...by].map(([estimator, names]) => `${e(estimator)}${by.size === 1 ? '' : ` for ${names.join(', ')}`}`).join('; ');
  return said === '' ? '' : by.size === 1 ? hint(`KL: ${said}.`) : `<details class="hint"><summary>How KL was estimated</summary>${said}.</details>`;
}

function timeAndMemory({ compute: { seconds: time, peakMemoryBytes: memory } }: AlgorithmRow): string {
  if (time === null) return none();
  return `<td data-v="${time.mean}"><b>${seconds(time.mean)}</b>${memory === null ? '' : `<small>${bytes(memory.mean)}</small>`}</td>`;
}

/** Where every completion can be listed. */
function exactTable(report: Report): string {
  const rows = report.algorithms.filter((a) => a.exact.goldReward !== null);
  if (rows.length === 0) return '';
  return `${hint('Here every completion can be listed. Efficiency is the share of the gain that the best policy at the same KL has over the start: 1 is the frontier; regret is the gold reward lost against it.')}${table('exact', rows, [['algorithm', (a) => rowHead(a.name)], ['expected gold reward', (a) => figureCell(a.exact.goldReward)], ['KL, nats', (a) => figureCell(a.kl.sequence)], ['frontier efficiency', (a) => figureCell(a.exact.frontierEfficiency)], ['regret', (a) => figureCell(a.exact.regret)]])}`;
}
