import { type Column, type Shown, shownIn, UNITS } from '../report/columns.js';
import { escapeMarkdown } from '../report/escape.js';
import { pValue, withInterval } from '../report/format.js';

/** A Markdown table of headings and rows of cells, all Markdown. */
export const markdownTable = (headings: readonly string[], rows: readonly (readonly string[])[]): string =>
  [line(headings), `|${headings.map(() => '---').join('|')}|`, ...rows.map(line)].join('\n');

const line = (cells: readonly string[]): string => `| ${cells.join(' | ')} |`;

/**
 * A table of a list of columns.
 * @param own cells that Markdown puts together itself, by column id
 */
export function tableOf<Row>(
  rows: readonly Row[],
  columns: readonly Column<Row>[],
  own: Readonly<Record<string, (row: Row) => string>> = {},
): string {
  const shown = shownIn('markdown', columns);
  return markdownTable(
    shown.map(({ heading }) => heading),
    rows.map((row) => shown.map((column) => own[column.id]?.(row) ?? cell(column, row))),
  );
}

function cell<Row>(column: Shown<Row>, row: Row): string {
  switch (column.kind) {
    case 'figure': {
      const figure = column.of(row);
      if (figure === null) return escapeMarkdown(column.why?.(row) ?? '') || '–';
      const shown = column.meanOnly === true ? { ...figure, ci: null } : figure;
      return withInterval(shown, UNITS[column.unit]);
    }
    case 'number':
      return numberOr(column.of(row), UNITS[column.unit]);
    case 'pValue':
      return numberOr(column.of(row), pValue);
    case 'count':
      return String(column.of(row));
    case 'name':
      return escapeMarkdown(column.of(row) ?? '–');
    case 'title':
    case 'word':
    case 'text':
      return escapeMarkdown(column.of(row));
    case 'own':
      throw new Error(`Markdown has no cell for column ${column.id}`);
  }
}

function numberOr(x: number | null, format: (x: number) => string): string {
  return x === null ? '–' : format(x);
}
