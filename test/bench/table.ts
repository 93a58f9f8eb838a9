import { median, type Ratio } from './comparison.js';
import type { Work } from './part.js';
import type { BenchResult, CaseResult } from './result.js';

/** A table as rows of text, the first its header. */
export type Table = readonly (readonly string[])[];

export function timesTable({ cases }: BenchResult, ratios: readonly Ratio[]): Table {
  const compared = ratios.length > 0;
  const head = ['case', 'median ms', 'from', 'to', 'times', 'CPU ms', 'rate', 'bar', 'what'];
  const rows = cases.map((each) => {
    const { name, ms, cpuMs, bar, what } = each;
    const middle = median(ms);
    const ratio = ratios.find((found) => found.name === name);
    return [
      name,
      ...[middle, Math.min(...ms), Math.max(...ms)].map(digits),
      String(ms.length),
      cpuMs === null ? '' : digits(cpuMs),
      rateOf(each),
      bar === null ? '' : `${middle <= bar ? 'met' : 'missed'}: ${bar} ms`,
      ...(compared ? [ratio === undefined ? 'not there' : ratioText(ratio)] : []),
      what,
    ];
  });
  return [compared ? [...head.slice(0, -1), 'over earlier', 'what'] : head, ...rows];
}

const ratioText = ({ ratio, interval: [low, high], isSlower }: Ratio): string =>
  `${ratio.toFixed(2)} [${low.toFixed(2)}, ${high.toFixed(2)}]${isSlower ? ' slower' : ''}`;

const RATES: Readonly<Record<Work['unit'], (perSecond: number) => string>> = {
  FLOP: (x) => `${(x / 1e9).toFixed(1)} GFLOP/s`,
  token: (x) => `${Math.round(x)} tokens/s`,
  row: (x) => `${Math.round(x)} rows/s`,
  run: (x) => `${Math.round(x)} runs/s`,
};
const rateOf = ({ work, ms }: CaseResult): string =>
  work === null ? '' : RATES[work.unit]((1000 * work.amount) / median(ms));

const digits = (x: number): string => x.toFixed(x >= 100 ? 0 : x >= 10 ? 1 : 2);

/** One line on what was measured where. */
export function aboutResult({ environment: e, setting, load }: BenchResult): string {
  const gib = (e.memoryBytes / 2 ** 30).toFixed(1);
  const versions = Object.entries(e.versions).map(([name, version]) => `${name} ${version}`);
  return [
    `${e.cpuModel}, ${e.cores} cores, ${gib} GiB`,
    `${setting.device}, ${setting.threads} threads`,
    `node ${e.nodeVersion}`,
    `tiltyard ${e.tiltyardVersion}${e.gitCommit === null ? '' : ` (${e.gitCommit.slice(0, 7)})`}`,
    ...versions,
    `load ${load.map((x) => x.toFixed(1)).join(' before, ')} after`,
  ].join('; ');
}

/** In columns, for a terminal. */
export function asText(table: Table): string {
  const widths = table[0]!.map((_, c) => Math.max(...table.map((row) => row[c]!.length)));
  return table
    .map((row) =>
      row
        .map((cell, c) => cell.padEnd(widths[c]!))
        .join('  ')
        .trimEnd(),
    )
    .join('\n');
}

export const asMarkdown = (table: Table): string =>
  [table[0]!, table[0]!.map(() => '---'), ...table.slice(1)]
    .map((row) => `| ${row.join(' | ')} |`)
    .join('\n');
