import { type Column, pick, type Shown, shownIn, UNITS } from '../report/columns.js';
import { escapeHtml } from '../report/escape.js';
import { pValue } from '../report/format.js';
import {
  differenceCell,
  figureCell,
  nameCell,
  none,
  numberCell,
  rowHead,
  stackedCell,
  textCell,
  wordCell,
} from './cells.js';
import type { HtmlColumn } from './table.js';

/**
 * A list of columns as the page shows it: heading and cell of each.
 * @param own cells that the page puts together itself, by column id
 */
export const htmlColumns = <Row>(
  columns: readonly Column<Row>[],
  own: Readonly<Record<string, (row: Row) => string>> = {},
): readonly HtmlColumn<Row>[] =>
  shownIn('html', columns).map((column) => [
    column.heading,
    own[column.id] ?? ((row) => cell(column, row, columns)),
  ]);

function cell<Row>(column: Shown<Row>, row: Row, all: readonly Column<Row>[]): string {
  switch (column.kind) {
    case 'figure':
      return figureOf(column, row, all);
    case 'number':
      return numberCell(column.of(row), UNITS[column.unit]);
    case 'pValue':
      return numberCell(column.of(row), pValue);
    case 'count':
      return `<td>${column.of(row)}</td>`;
    case 'title':
      return rowHead(column.of(row));
    case 'name': {
      const found = column.of(row);
      return found === null ? none() : nameCell(found);
    }
    case 'word':
      return wordCell(column.of(row));
    case 'text':
      return textCell(column.of(row));
    case 'own':
      throw new Error(`the page has no cell for column ${column.id}`);
  }
}

type FigureColumn<Row> = Extract<Shown<Row>, { readonly kind: 'figure' }>;

function figureOf<Row>(column: FigureColumn<Row>, row: Row, all: readonly Column<Row>[]): string {
  const { unit, why, meanOnly, beneath } = column;
  const figure = column.of(row);
  if (figure === null) return none(why?.(row));
  if (beneath !== undefined || meanOnly === true) {
    const under = beneath === undefined ? '' : meanOf(beneath, row, all);
    return stackedCell(figure.mean, escapeHtml(UNITS[unit](figure.mean)), under);
  }
  if (unit === 'plain') return figureCell(figure);
  return unit === 'difference' ? differenceCell(figure, UNITS[unit]) : figureCell(figure, UNITS[unit]);
}

/** The mean of a column that has no place of its own; empty where there is none. */
function meanOf<Row>(id: string, row: Row, all: readonly Column<Row>[]): string {
  const [column] = pick(all, [id]);
  if (column?.kind !== 'figure') throw new Error(`column '${id}' has no mean to stand beneath another`);
  const figure = column.of(row);
  return figure === null ? '' : escapeHtml(UNITS[column.unit](figure.mean));
}
