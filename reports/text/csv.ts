import type { AlgorithmRow } from '../report/algorithms.js';
import { type Column, type Shown, shownIn } from '../report/columns.js';
import { csvCell } from '../report/escape.js';
import type { Report } from '../report/model.js';
import { ALGORITHMS } from '../report/tables/algorithms.js';

/**
 * One row per algorithm, every figure as mean, low, high, n. Text that a spreadsheet would run as a formula
 * is quoted off.
 */
export function toCsv(report: Report, columns: readonly Column<AlgorithmRow>[] = ALGORITHMS): string {
  const shown = shownIn('csv', columns);
  const header = shown.flatMap(headings);
  const rows = report.algorithms.map((row) => shown.flatMap((column) => cells(column, row)));
  return [header, ...rows].map((line) => `${line.join(',')}\r\n`).join('');
}

const headings = ({ kind, id }: Shown<AlgorithmRow>): string[] =>
  kind === 'figure' ? [id, `${id}_low`, `${id}_high`, `${id}_n`] : [id];

/** Numbers in full, as a program wants them; nothing where there is none. */
function cells(column: Shown<AlgorithmRow>, row: AlgorithmRow): (string | number)[] {
  if (column.kind === 'own') throw new Error(`report.csv: column ${column.id} has no value of its own`);
  if (column.kind === 'figure') {
    const figure = column.of(row);
    return figure === null
      ? ['', '', '', '']
      : [figure.mean, figure.ci?.[0] ?? '', figure.ci?.[1] ?? '', figure.n];
  }
  const value = column.of(row) ?? '';
  return [typeof value === 'string' ? csvCell(value) : value];
}
