import type { AlgorithmRow } from '../report/algorithms.js';
import { type Column, filled, pick, shownIn } from '../report/columns.js';
import { escapeHtml } from '../report/escape.js';
import type { Report } from '../report/model.js';
import { ALGORITHMS, EXACT_IDS } from '../report/tables/algorithms.js';
import { figureCell, name, none, rowHead } from './cells.js';
import { htmlColumns } from './columns.js';
import { hint, section } from './section.js';
import { table } from './table.js';

/** One row per configuration, then what they are measured against. */
export function glance(report: Report, given: readonly Column<AlgorithmRow>[] = ALGORITHMS): string {
  const columns = filled(given, report.algorithms);
  return section(
    'algorithms',
    'Configurations at a glance',
    hint('Mean over seeds, 95 % interval beneath, exploratory; win rates count ties as half.'),
    table('glance', report.algorithms, htmlColumns(columns), measuredAgainst(report, columns)),
    estimators(report),
    exactTable(report),
  );
}

/** Rows of the start and of the chosen completions, in the columns that they have. */
function measuredAgainst(
  { reference, chosen }: Report,
  columns: readonly Column<AlgorithmRow>[],
): readonly (readonly string[])[] {
  const ids = shownIn('html', columns).map(({ id }) => id);
  const row = (cells: Readonly<Record<string, string>>): string[] => ids.map((id) => cells[id] ?? none());
  const rows: string[][] = [];
  if (reference !== null) {
    rows.push(
      row({
        name: rowHead(reference.name, 'the start'),
        gold_reward: figureCell(reference.goldReward),
        gold_difference_vs_start: '<td>0</td>',
        win_rate_vs_start: '<td>50%</td>',
        kl_sequence_nats: '<td>0</td>',
      }),
    );
  }
  if (chosen !== null) {
    rows.push(row({ name: rowHead('chosen', 'held-out pairs'), gold_reward: figureCell(chosen.goldReward) }));
  }
  return rows;
}

/** How KL was estimated: in a word where it was for all alike, else folded. */
function estimators({ algorithms }: Report): string {
  const users = new Map<string, string[]>();
  for (const algorithm of algorithms) {
    const { estimator } = algorithm.kl;
    if (estimator !== null) users.set(estimator, [...(users.get(estimator) ?? []), name(algorithm.name)]);
  }
  if (users.size === 0) return '';
  if (users.size === 1) return hint(`KL: ${[...users.keys()].map(escapeHtml).join()}.`);
  const uses = [...users].map(([estimator, names]) => `${escapeHtml(estimator)} for ${names.join(', ')}`);
  return `<details class="hint"><summary>How KL was estimated</summary>${uses.join('; ')}.</details>`;
}

const EXACT =
  'Here every completion can be listed. Efficiency is the share of the gain that the best policy at the ' +
  'same KL has over the start: 1 is the frontier; regret is the gold reward lost against it.';

/** Where every completion can be listed. */
function exactTable({ algorithms }: Report): string {
  const rows = algorithms.filter((a) => a.exact.goldReward !== null);
  if (rows.length === 0) return '';
  const columns = pick(ALGORITHMS, ['name', ...EXACT_IDS]).map((column) => ({ ...column, html: {} }));
  return `${hint(EXACT)}${table('exact', rows, htmlColumns(columns))}`;
}
