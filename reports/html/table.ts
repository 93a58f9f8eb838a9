/** A heading and what makes the cell of a row, both HTML. */
export type HtmlColumn<Row> = readonly [heading: string, cell: (row: Row) => string];

/** A table wider than the page scrolls by itself. */
export const scroll = (inner: string): string =>
  `<div class="scroll" tabindex="0" role="region" aria-label="table">${inner}</div>`;

/** Rows of cells under a row of headings. */
export const plainTable = (headings: string, rows: readonly string[], attributes = ''): string =>
  scroll(`<table${attributes}><thead><tr>${headings}</tr></thead><tbody>${rows.join('')}</tbody></table>`);

const isEmpty = (cell: string): boolean => cell.startsWith('<td class="none"');
const isText = (cell: string | undefined): boolean => /^<(?:th|td class="(?:name|wrap)")/.test(cell ?? '');

/**
 * A table that readers can sort. A column that says nothing in any row is left out.
 * @param after rows that follow, cell by cell for all columns
 */
export function table<Row>(
  id: string,
  rows: readonly Row[],
  columns: readonly HtmlColumn<Row>[],
  after: readonly (readonly string[])[] = [],
): string {
  const cells = [...rows.map((row) => columns.map(([, cell]) => cell(row))), ...after];
  const kept = [...columns.keys()].filter((k) => cells.some((line) => !isEmpty(line[k]!)));
  const heading = (k: number): string => {
    const alignment = isText(cells[0]?.[k]) ? ' class="name"' : '';
    return `<th scope="col"${alignment}>${columns[k]![0]}</th>`;
  };
  const lines = cells.map((line, i) => {
    const rowClass = i < rows.length ? '' : ' class="start"';
    return `<tr${rowClass}>${kept.map((k) => line[k]).join('')}</tr>`;
  });
  return plainTable(kept.map(heading).join(''), lines, ` id="${id}"`);
}
