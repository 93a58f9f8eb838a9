import type { DrawnFigure } from '../figures/draw.js';
import type { LegendEntry } from '../figures/key.js';
import type { FrontierRow } from '../report/answer.js';
import type { Report } from '../report/model.js';
import { AT_BUDGETS, frontierColumns } from '../report/tables/answer.js';
import { name, rowHead } from './cells.js';
import { htmlColumns } from './columns.js';
import { figure, switches } from './figure.js';
import { hint, section } from './section.js';
import { table } from './table.js';

const READING =
  'Gold reward above the start on test prompts, of the best mixture of configurations whose KL from the ' +
  'start is at most the budget; validation prompts choose, test prompts report. A mixture draws one of its ' +
  'policies anew for every answer, so anybody could run it.';

/**
 * Unions and families in numbers, then family by family.
 * @param drawn the families' figure
 * @param legend where several families are drawn, switches stand in place of the figure's
 */
export function frontiers(
  report: Report,
  drawn: DrawnFigure | undefined,
  legend: readonly LegendEntry[],
): string {
  const several = legend.length > 1;
  const rows = report.frontiers;
  const columns = htmlColumns(frontierColumns(rows), { name: title });
  const numbers = rows.length === 0 ? '' : hint(READING) + table('frontiers', rows, columns);
  return section(
    'at-equal-kl',
    'Within a KL budget',
    numbers,
    atBudgets(report),
    several ? switches(legend) : '',
    drawn === undefined ? '' : figure(drawn, several ? '' : undefined),
  );
}

/** A union says how many families it is of. */
const title = ({ name: who, kind, families: { length } }: FrontierRow): string =>
  rowHead(who, kind === 'union' ? `union of ${length} ${length === 1 ? 'family' : 'families'}` : '');

/** The primary figure budget by budget; no test. */
function atBudgets({ answer: { primary } }: Report): string {
  if (primary === null || primary.budgets.length === 0) return '';
  const title = `<h3>${name(primary.a)} − ${name(primary.b)} at each budget</h3>`;
  const columns = htmlColumns(AT_BUDGETS);
  return title + hint('Exploratory: intervals, no tests.') + table('budgets', primary.budgets, columns);
}
