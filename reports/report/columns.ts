import type { Figure } from '../../harness/stats/interval.js';
import { bytes, flops, number, percent, seconds, si, signed } from './format.js';

/** Where a table is written. */
type Output = 'html' | 'markdown' | 'latex' | 'csv';

/** What a figure or a number is counted in, which says how it is written for people. */
export const UNITS = {
  plain: (x: number) => number(x),
  difference: signed,
  rate: percent,
  flops,
  /** FLOPs under a heading that says so. */
  flopsCount: (x: number) => si(x, ''),
  seconds,
  bytes,
  joules: (x: number) => si(x, 'J'),
} as const satisfies Record<string, (x: number) => string>;
type Unit = keyof typeof UNITS;

/** How one output shows a column, where that is not as the column itself says. */
interface Look<Row> {
  /** In its own language, such as `<i>p</i>` on the page. */
  readonly heading?: string;
  readonly unit?: Unit;
  /** The mean alone, without its interval. */
  readonly meanOnly?: true;
  /** Why there is no figure, said in its place; empty for no more than a dash. */
  readonly why?: (row: Row) => string;
  /** Id of the column whose mean stands beneath the mean, in place of an interval. */
  readonly beneath?: string;
  /** Id of the column after which it stands, where that is shown and not its place in the list. */
  readonly after?: string;
}

type Value<Row> =
  /** A mean over seeds with its interval. */
  | { readonly kind: 'figure'; readonly unit: Unit; readonly of: (row: Row) => Figure | null }
  | { readonly kind: 'number'; readonly unit: Unit; readonly of: (row: Row) => number | null }
  | { readonly kind: 'pValue'; readonly of: (row: Row) => number | null }
  | { readonly kind: 'count'; readonly of: (row: Row) => number }
  /** What the row is called. */
  | { readonly kind: 'title'; readonly of: (row: Row) => string }
  /** Somebody else's name. */
  | { readonly kind: 'name'; readonly of: (row: Row) => string | null }
  /** A word or a number in words, never broken. */
  | { readonly kind: 'word'; readonly of: (row: Row) => string }
  /** A text of any length. */
  | { readonly kind: 'text'; readonly of: (row: Row) => string }
  /** Several values in one cell, which every output puts together in its own way. */
  | { readonly kind: 'own' };

/**
 * One column of a table, for every output that has the table. It is in all of them, under one heading, unless
 * an entry for an output says otherwise: null leaves it out there.
 */
export type Column<Row> = Value<Row> & {
  /** Names the column in code, and in report.csv. */
  readonly id: string;
  /** Written as it is, so no character in it may mean something to HTML, Markdown or LaTeX. */
  readonly heading: string;
  /** Left out for people where no row has a figure. */
  readonly sparse?: true;
} & { readonly [O in Output]?: Look<Row> | null };

/** A column as one output shows it. */
export type Shown<Row> = Value<Row> & Look<Row> & { readonly id: string; readonly heading: string };

/** The columns that an output shows, in its order. */
export function shownIn<Row>(output: Output, columns: readonly Column<Row>[]): readonly Shown<Row>[] {
  const shown: Shown<Row>[] = columns.flatMap((column) => {
    const look = column[output];
    return look === null ? [] : [{ ...column, ...look }];
  });
  const followers = shown.filter(({ after }) => shown.some(({ id }) => id === after));
  for (const column of followers) {
    shown.splice(shown.indexOf(column), 1);
    shown.splice(shown.findIndex(({ id }) => id === column.after) + 1, 0, column);
  }
  return shown;
}

/** Without the columns that are left out where no row has a figure. */
export const filled = <Row>(columns: readonly Column<Row>[], rows: readonly Row[]): readonly Column<Row>[] =>
  columns.filter(
    (column) =>
      !(column.sparse === true && column.kind === 'figure' && rows.every((row) => column.of(row) === null)),
  );

/**
 * Columns by their ids, in the order of the ids.
 * @throws Error for an id that no column has
 */
export const pick = <Row>(columns: readonly Column<Row>[], ids: readonly string[]): readonly Column<Row>[] =>
  ids.map((id) => {
    const found = columns.find((column) => column.id === id);
    if (found !== undefined) return found;
    throw new Error(`no column '${id}'; known: ${columns.map((column) => column.id).join(', ')}`);
  });
