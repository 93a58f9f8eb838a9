import { escapeHtml } from '../report/escape.js';
import type { Report } from '../report/model.js';
import { breakEvenSentence } from '../report/purchases.js';
import { COMPUTE } from '../report/tables/answer.js';
import { htmlColumns } from './columns.js';
import { details, folded, hint, section } from './section.js';
import { table } from './table.js';

const READING =
  'Gold reward of the first minus the second where both may spend the same. A crossover is known only as ' +
  'closely as the budgets lie: between the last at which the dearer one is not higher in the mean and the ' +
  'first from which on it is.';

/**
 * @param drawn its figure
 * @param ledger the figure of what training cost
 */
export function equalCompute(report: Report, drawn: string, ledger: string): string {
  const unions = new Set(report.frontiers.flatMap(({ kind, name }) => (kind === 'union' ? [name] : [])));
  const ofUnions = report.compute.filter(({ a, b }) => unions.has(a) && unions.has(b));
  const others = report.compute.filter((pair) => !ofUnions.includes(pair));
  const made = (id: string, rows: Report['compute']): string => table(id, rows, htmlColumns(COMPUTE));
  const answers = report.breakEven.map((row) => escapeHtml(breakEvenSentence(row)));
  return section(
    'at-equal-compute',
    'At equal compute',
    drawn,
    report.compute.length === 0 ? '' : hint(READING),
    ofUnions.length === 0 ? '' : made('compute-table', ofUnions),
    others.length === 0 ? '' : details('Family against family', made('compute-families', others)),
    answers.length === 0 ? '' : `<h3>Training, or paying at every answer</h3>${folded(answers, 4, 300)}`,
    ledger === '' ? '' : details('What training cost, stage by stage', ledger),
  );
}
