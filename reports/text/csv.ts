import type { AlgorithmRow } from '../report/algorithms.js';
import type { Comparison } from '../report/answer.js';
import { type Column, type Shown, shownIn } from '../report/columns.js';
import { csvCell } from '../report/escape.js';
import type { Report } from '../report/model.js';
import { ALGORITHMS } from '../report/tables/algorithms.js';

/**
 * One table, the answer first: the primary comparison, the other comparisons, the frontiers of unions and
 * families, then one row per configuration; every figure as mean, low, high, n. What a row has no value for
 * is empty. Text that a spreadsheet would run as a formula is quoted off.
 */
export function toCsv(report: Report, columns: readonly Column<AlgorithmRow>[] = ALGORITHMS): string {
  const [leading, shown] = [shownIn('csv', ANSWER), shownIn('csv', columns)];
  const header = [...leading.flatMap(headings), ...shown.slice(1).flatMap(headings)];
  const rest = shown.slice(1).flatMap((column) => headings(column).map(() => ''));
  const answered = answerRows(report).map((row) => [
    ...leading.flatMap((column) => cells(column, row)),
    ...rest,
  ]);
  const configurations = report.algorithms.map((row) => [
    ...leading.flatMap((column) => cells(column, { ...NOTHING, name: row.name })),
    ...shown.slice(1).flatMap((column) => cells(column, row)),
  ]);
  return [header, ...answered, ...configurations].map((line) => `${line.join(',')}\r\n`).join('');
}

/** A row of what is said of unions and families; `value` is a mean over KL budgets. */
interface AnswerRow {
  readonly kind: string;
  readonly name: string;
  readonly against: string;
  readonly value: Comparison['difference'];
  readonly verdict: string;
  readonly p: number | null;
  readonly adjustedP: number | null;
  readonly detectable: number | null;
}

const NOTHING: AnswerRow = {
  kind: 'configuration',
  name: '',
  against: '',
  value: null,
  verdict: '',
  p: null,
  adjustedP: null,
  detectable: null,
};

function answerRows({ answer: { primary, secondary }, frontiers }: Report): AnswerRow[] {
  const compared = (kind: string, isTest: boolean, c: Comparison): AnswerRow => ({
    kind,
    name: c.a,
    against: c.b,
    value: c.difference,
    verdict: isTest ? c.verdict : '',
    p: isTest ? c.p : null,
    adjustedP: isTest ? c.adjustedP : null,
    detectable: c.detectable,
  });
  return [
    ...(primary === null ? [] : [compared('primary', true, primary)]),
    ...frontiers.map(({ kind, name, mean }) => ({
      ...NOTHING,
      kind,
      name,
      against: 'the start',
      value: mean,
    })),
    ...secondary.comparisons.map((c) => compared('secondary', secondary.open, c)),
  ];
}

const ANSWER: readonly Column<AnswerRow>[] = [
  { id: 'name', heading: 'name', kind: 'title', of: (r) => r.name },
  { id: 'kind', heading: 'kind', kind: 'word', of: (r) => r.kind },
  { id: 'against', heading: 'against', kind: 'word', of: (r) => r.against },
  {
    id: 'gold_mean_over_budgets',
    heading: 'mean over budgets',
    kind: 'figure',
    unit: 'difference',
    of: (r) => r.value,
  },
  { id: 'verdict', heading: 'verdict', kind: 'word', of: (r) => r.verdict },
  { id: 'p', heading: 'p', kind: 'pValue', of: (r) => r.p },
  { id: 'p_corrected', heading: 'p, corrected', kind: 'pValue', of: (r) => r.adjustedP },
  { id: 'detectable', heading: 'detectable', kind: 'number', unit: 'plain', of: (r) => r.detectable },
];

const headings = <Row>({ kind, id }: Shown<Row>): string[] =>
  kind === 'figure' ? [id, `${id}_low`, `${id}_high`, `${id}_n`] : [id];

/** Numbers in full, as a program wants them; nothing where there is none. */
function cells<Row>(column: Shown<Row>, row: Row): (string | number)[] {
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
