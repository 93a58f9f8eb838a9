import { escapeHtml } from '../report/escape.js';
import { number, signed, withInterval } from '../report/format.js';
import type { Report } from '../report/model.js';
import { LADDER_STEPS } from '../report/tables/answer.js';
import { htmlColumns } from './columns.js';
import { hint, section } from './section.js';
import { table } from './table.js';

/** @param drawn its figure */
export function ladder({ ladder: found }: Report, drawn: string): string {
  if (found === null) return '';
  const whole =
    `From the first rung to the last ${withInterval(found.whole, signed)}, the sum of the steps; ` +
    `mean over KL budgets up to ${number(found.budget)} nats.`;
  return section(
    'ladder',
    'What makes the difference',
    drawn,
    table('ladder-table', found.steps, htmlColumns(LADDER_STEPS)),
    hint(escapeHtml(found.aboutTruth === null ? whole : `${whole} ${found.aboutTruth}`)),
  );
}
