import { number, signed } from '../report/format.js';
import type { Report } from '../report/model.js';
import { SENSITIVITY, TESTED, UNTESTED } from '../report/tables/answer.js';
import { figureCell } from './cells.js';
import { htmlColumns } from './columns.js';
import { details, hint, section } from './section.js';
import { table } from './table.js';

/** @param drawn the figure of the pairs */
export function families({ answer }: Report, drawn: string): string {
  const { open, moderated, comparisons } = answer.secondary;
  if (comparisons.length === 0) return '';
  const variance =
    moderated === null
      ? ''
      : ` Variances are moderated across the pairs (${number(moderated)} degrees of freedom).`;
  const reading = open
    ? 'Mean over KL budgets, each pair once, corrected over the pairs; <i>detectable</i> is the ' +
      `smallest true difference that this page would have found in four of five repetitions.${variance}`
    : CLOSED;
  const columns = htmlColumns(open ? TESTED : UNTESTED, {
    difference: (pair) => figureCell(pair.difference, signed, open ? TONES[pair.verdict] : ''),
  });
  const rows = table('pairs-table', comparisons, columns);
  const folded = drawn !== '' && comparisons.length > MOST_ROWS;
  return section(
    'families-compared',
    'Family against family',
    hint(reading),
    drawn,
    folded ? details(`All ${comparisons.length} pairs in numbers`, rows) : rows,
  );
}

/** By what the test says, which is stricter than one interval. */
const TONES: Readonly<Record<string, string>> = { ahead: 'more', behind: 'less' };

/** Pairs of a table that is open beneath its figure. */
const MOST_ROWS = 10;

const CLOSED =
  '<b>Not read as tests:</b> pairs of families are tested only where RL and offline are said to differ. ' +
  'Intervals are uncorrected; <i>detectable</i> is the smallest true difference that this page would have ' +
  'found in four of five repetitions.';

/** @param drawn its figure */
export function whoChooses({ answer: { sensitivity } }: Report, drawn: string): string {
  const left = sensitivity.some(({ comparison }) => comparison === null);
  return section(
    'who-chooses',
    'Does it matter who chooses?',
    drawn,
    sensitivity.length === 0 || (drawn !== '' && !left)
      ? ''
      : table('sensitivity-table', sensitivity, htmlColumns(SENSITIVITY)),
  );
}
