import type { AnalysisRow, ClaimRow } from '../../harness/contracts/analysis.js';
import { TiltyardError } from '../../harness/errors.js';
import type { Figure } from '../../harness/stats/interval.js';
import type { AlgorithmRow } from '../report/algorithms.js';
import { type Column, type Shown, shownIn, UNITS } from '../report/columns.js';
import { clean } from '../report/escape.js';
import { number, pValue } from '../report/format.js';
import { inJudgeWords } from '../report/judge-words.js';
import type { Report } from '../report/model.js';
import { ALGORITHMS } from '../report/tables/algorithms.js';
import { COMPUTE, frontierColumns, LADDER_STEPS, TESTED, UNTESTED } from '../report/tables/answer.js';
import { HEAD_TO_HEAD } from '../report/tables/comparisons.js';

/**
 * The report's tables for a paper (booktabs).
 * @param standalone whether to make a document of them
 * @param columns of the algorithms' table
 */
export const toLatex = (
  report: Report,
  standalone: boolean,
  columns: readonly Column<AlgorithmRow>[] = ALGORITHMS,
): string => inJudgeWords(report, (worded) => latex(worded, standalone, columns));

function latex(report: Report, standalone: boolean, columns: readonly Column<AlgorithmRow>[]): string {
  const seeds = `${report.seeds.length} pipeline ${report.seeds.length === 1 ? 'seed' : 'seeds'}`;
  const { answer, frontiers, ladder } = report;
  const { open, comparisons } = answer.secondary;
  const tables = [
    tableOf('answer', tex(answer.sentence), answer.primary === null ? [] : [answer.primary], TESTED),
    tableOf(
      'frontiers',
      'Gold reward above the start within KL budgets, of the best mixture of configurations; test prompts.',
      frontiers,
      frontierColumns(frontiers),
    ),
    tableOf(
      'ladder',
      'What parts offline from RL, one change at a time: gold reward, mean over KL budgets.',
      ladder?.steps ?? [],
      LADDER_STEPS,
    ),
    tableOf(
      'compute',
      'Gold reward of the first minus the second where both may spend the same.',
      report.compute,
      COMPUTE,
    ),
    tableOf(
      'families',
      open
        ? 'Family against family, mean over KL budgets, corrected over the pairs.'
        : 'Family against family, mean over KL budgets; not read as tests.',
      comparisons,
      open ? TESTED : UNTESTED,
    ),
    tableOf(
      'algorithms',
      `${tex(report.name)}: mean over ${seeds} with 95\\,\\% intervals; ` +
        'KL(policy $\\|$ start) in nats per sequence; ' +
        'compute includes the training of the reward model used.',
      report.algorithms,
      columns,
    ),
    tableOf(
      'head-to-head',
      'Share of prompts on which the first has the higher gold reward, ties as half.',
      report.headToHead,
      HEAD_TO_HEAD,
    ),
  ].filter((table) => table !== '');
  const experiment = report.experimentHash.slice(0, 12);
  const about = `Tiltyard report schema ${report.schemaVersion}, experiment ${experiment}`;
  return whole(about, tables, standalone);
}

/**
 * The claims that a suite or an analysis decides, for a paper.
 * @throws TiltyardError where it decides none
 */
export function claimsToLatex(name: string, rows: readonly AnalysisRow[], standalone: boolean): string {
  const claims = rows.filter((row): row is ClaimRow => row.type === 'claim');
  if (claims.length === 0) {
    throw new TiltyardError(
      'no-claims',
      `${name}: decides no claim; its tables and figures are in report.csv and report.json`,
    );
  }
  const claimTable = table({
    label: 'claims',
    caption:
      `${tex(name)}: claims with their statistic, its 95\\,\\% interval ` + 'and the threshold that decides.',
    alignment: 'lp{.46\\textwidth}lrlr',
    size: '\\footnotesize',
    headings: ['', 'claim', 'verdict', 'value', 'threshold', '$n$'],
    rows: claims.map((c) => [tex(c.id), tex(c.claim), c.verdict, measured(c), tex(c.threshold), String(c.n)]),
  });
  return whole(`Tiltyard claims of ${tex(name)}`, [claimTable], standalone);
}

const measured = ({ value, ci, n }: ClaimRow): string =>
  figureCell(value === null ? null : { mean: value, ci, n: Math.max(1, n) });

function whole(about: string, tables: readonly string[], standalone: boolean): string {
  const body = `% ${about}; needs \\usepackage{booktabs}\n${tables.join('\n')}`;
  return standalone ? `${PREAMBLE}${body}\\end{document}\n` : body;
}

const PREAMBLE = `\\documentclass{article}
\\usepackage{booktabs}
\\usepackage[landscape,margin=2cm]{geometry}
\\begin{document}
`;

/** A table of a list of columns; nothing where it has no rows. */
function tableOf<Row>(
  label: string,
  caption: string,
  rows: readonly Row[],
  columns: readonly Column<Row>[],
): string {
  if (rows.length === 0) return '';
  const shown = shownIn('latex', columns);
  return table({
    label,
    caption,
    alignment: shown.map(({ kind }) => (kind === 'title' || kind === 'name' ? 'l' : 'r')).join(''),
    headings: shown.map(({ heading }) => heading),
    rows: rows.map((row) => shown.map((column) => cell(column, row))),
  });
}

interface Table {
  readonly label: string;
  readonly caption: string;
  /** Of the columns, as `tabular` takes it. */
  readonly alignment: string;
  /** A command for the size of its letters. */
  readonly size?: string;
  readonly headings: readonly string[];
  readonly rows: readonly (readonly string[])[];
}

const table = ({ label, caption, alignment, size = '', headings, rows }: Table): string => `\\begin{table}
\\centering${size}
\\caption{${caption}}
\\label{tab:tiltyard-${label}}
\\begin{tabular}{${alignment}}
\\toprule
${headings.join(' & ')} \\\\
\\midrule
${rows.map((row) => `${row.join(' & ')} \\\\`).join('\n')}
\\bottomrule
\\end{tabular}
\\end{table}
`;

function cell<Row>(column: Shown<Row>, row: Row): string {
  switch (column.kind) {
    case 'figure': {
      const figure = column.of(row);
      const shown = column.meanOnly === true && figure !== null ? { ...figure, ci: null } : figure;
      return figureCell(shown, UNITS[column.unit]);
    }
    case 'number':
      return numberCell(column.of(row), UNITS[column.unit]);
    case 'pValue':
      return numberCell(column.of(row), pValue);
    case 'count':
      return String(column.of(row));
    case 'name':
      return tex(column.of(row) ?? '--');
    case 'title':
    case 'word':
    case 'text':
      return tex(column.of(row));
    case 'own':
      throw new Error(`LaTeX has no cell for column ${column.id}`);
  }
}

const numberCell = (x: number | null, format: (x: number) => string): string =>
  x === null ? '--' : tex(format(x));

function figureCell(figure: Figure | null, format: (x: number) => string = (x) => number(x)): string {
  if (figure === null) return '--';
  const mean = tex(format(figure.mean));
  if (figure.ci === null) return mean;
  return `${mean} {\\scriptsize [${tex(format(figure.ci[0]))}, ${tex(format(figure.ci[1]))}]}`;
}

const SPECIAL: Readonly<Record<string, string>> = {
  '\\': '\\textbackslash{}',
  '{': '\\{',
  '}': '\\}',
  $: '\\$',
  '&': '\\&',
  '#': '\\#',
  _: '\\_',
  '%': '\\%',
  '^': '\\textasciicircum{}',
  '~': '\\textasciitilde{}',
  '−': '$-$',
  '±': '$\\pm$',
  λ: '$\\lambda$',
  τ: '$\\tau$',
  β: '$\\beta$',
  '<': '\\textless{}',
  '>': '\\textgreater{}',
  '|': '\\textbar{}',
  '"': '\\textquotedbl{}',
};

/** Text as LaTeX shows it; no command of the data's runs. */
export const tex = (text: string): string =>
  clean(text)
    .replaceAll(/[\\{}$&#_%^~−±λτβ<>|"]/g, (c) => SPECIAL[c]!)
    .replaceAll(/\s*\n\s*/g, ' ');
