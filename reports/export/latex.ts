import type { AnalysisRow, ClaimRow } from '../../harness/contracts/analysis.js';
import { TiltyardError } from '../../harness/errors.js';
import type { Figure } from '../../harness/stats/interval.js';
import { clean } from '../report/escape.js';
import { number, percent, seconds, si, signed } from '../report/format.js';
import type { Report } from '../report/model.js';

/** The report's tables for a paper (booktabs); `standalone` makes a document of them. */
export function toLatex(report: Report, standalone: boolean): string {
  const seeds = `${report.seeds.length} pipeline ${report.seeds.length === 1 ? 'seed' : 'seeds'}`;
  const tables = [
    table(
      'algorithms',
      `${tex(report.name)}: mean over ${seeds} with 95\\,\\% intervals; KL(policy $\\|$ start) in nats per sequence; compute includes the training of the reward model used.`,
      ['algorithm', 'gold reward', 'against the start', 'win rate', 'KL', 'FLOPs', 'time'],
      report.algorithms.map((a) => [tex(a.name), cell(a.goldReward), cell(a.goldDifference, signed), cell(a.winRate.vsReference, percent), cell(a.kl.sequence), mean(a.compute.flops, (x) => si(x, '')), mean(a.compute.seconds, seconds)]),
    ),
    table(
      'matched-kl',
      `Gold reward of the first minus the second at equal KL from the start, read off each seed's frontier on validation prompts.`,
      ['first', 'second', 'KL', 'difference there', 'over the range'],
      report.matchedKl.map((m) => [tex(m.a), tex(m.b), tex(number(m.kl)), cell(m.goldDifference, signed), cell(m.areaDifference, signed)]),
    ),
    table(
      'matched-compute',
      'Gold reward of the first minus the second at the whole training cost of the cheaper one.',
      ['first', 'second', 'FLOPs', 'difference there'],
      report.matchedCompute.flatMap((m) => (m.atCheaper === null ? [] : [[tex(m.a), tex(m.b), tex(si(m.atCheaper.flops, '')), cell(m.atCheaper.goldDifference, signed)]])),
    ),
    table(
      'head-to-head',
      'Share of prompts on which the first has the higher gold reward, ties as half.',
      ['first', 'second', 'win rate', 'gold difference'],
      report.headToHead.map((h) => [tex(h.a), tex(h.b), cell(h.winRate, percent), cell(h.goldDifference, signed)]),
    ),
  ].filter((t) => t !== '');
  return whole(`Tiltyard report schema ${report.schemaVersion}, experiment ${report.experimentHash.slice(0, 12)}`, tables, standalone);
}

/** The claims that a suite or an analysis decides, for a paper. @throws TiltyardError where it decides none */
export function claimsToLatex(name: string, rows: readonly AnalysisRow[], standalone: boolean): string {
  const claims = rows.filter((row): row is ClaimRow => row.type === 'claim');
  if (claims.length === 0) throw new TiltyardError('no-claims', `${name}: decides no claim; its tables and figures are in report.csv and report.json`);
  const value = (c: ClaimRow): string => cell(c.value === null ? null : { mean: c.value, ci: c.ci, n: Math.max(1, c.n) });
  const claimTable = table(
    'claims',
    `${tex(name)}: claims with their statistic, its 95\\,\\% interval and the threshold that decides.`,
    ['', 'claim', 'verdict', 'value', 'threshold', '$n$'],
    claims.map((c) => [tex(c.id), tex(c.claim), c.verdict, value(c), tex(c.threshold), String(c.n)]),
    { columns: 'lp{.46\\textwidth}lrlr', size: '\\footnotesize' },
  );
  return whole(`Tiltyard claims of ${tex(name)}`, [claimTable], standalone);
}

function whole(about: string, tables: readonly string[], standalone: boolean): string {
  const body = `% ${about}; needs \\usepackage{booktabs}\n${tables.join('\n')}`;
  return standalone ? `\\documentclass{article}\n\\usepackage{booktabs}\n\\usepackage[landscape,margin=2cm]{geometry}\n\\begin{document}\n${body}\\end{document}\n` : body;
}

function table(label: string, caption: string, head: readonly string[], rows: readonly (readonly string[])[], look: { readonly columns?: string; readonly size?: string } = {}): string {
  if (rows.length === 0) return '';
  const { columns = head.map((name) => (['algorithm', 'first', 'second'].includes(name) ? 'l' : 'r')).join(''), size } = look;
  return `\\begin{table}
\\centering${size === undefined ? '' : size}
\\caption{${caption}}
\\label{tab:tiltyard-${label}}
\\begin{tabular}{${columns}}
\\toprule
${head.join(' & ')} \\\\
\\midrule
${rows.map((r) => `${r.join(' & ')} \\\\`).join('\n')}
\\bottomrule
\\end{tabular}
\\end{table}
`;
}

const mean = (f: Figure | null, format: (x: number) => string): string => (f === null ? '--' : tex(format(f.mean)));

function cell(f: Figure | null, format: (x: number) => string = (x) => number(x)): string {
  if (f === null) return '--';
  return f.ci === null ? tex(format(f.mean)) : `${tex(format(f.mean))} {\\scriptsize [${tex(format(f.ci[0]))}, ${tex(format(f.ci[1]))}]}`;
}

const SPECIAL: Readonly<Record<string, string>> = { '\\': '\\textbackslash{}', '{': '\\{', '}': '\\}', $: '\\$', '&': '\\&', '#': '\\#', _: '\\_', '%': '\\%', '^': '\\textasciicircum{}', '~': '\\textasciitilde{}', '−': '$-$', '±': '$\\pm$', λ: '$\\lambda$', τ: '$\\tau$', β: '$\\beta$', '<': '\\textless{}', '>': '\\textgreater{}', '|': '\\textbar{}', '"': '\\textquotedbl{}' };
/** Text as LaTeX shows it; no command of the data's runs. */
export const tex = (text: string): string => clean(text).replaceAll(/[\\{}$&#_%^~−±λτβ<>|"]/g, (c) => SPECIAL[c]!).replaceAll(/\s*\n\s*/g, ' ');
