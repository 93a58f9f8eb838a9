import { bytes, clean, escapeMarkdown, number, percent, seconds, si, signed } from '../format.js';
import type { AlgorithmChange, Change, Comparison } from './model.js';

interface Table {
  readonly head: readonly string[];
  readonly rows: readonly (readonly string[])[];
}

/** For a terminal: aligned columns, no markup, nothing that data could command the terminal with. */
export const toText = (c: Comparison): string => render(c, { title: (text) => text, item: (text) => `  ${text}`, table: aligned, text: (text) => clean(text).replaceAll(/\s+/g, ' ') });

export const toComparisonMarkdown = (c: Comparison): string =>
  render(c, { title: (text) => `## ${text}\n`, item: (text) => `- ${text}`, table: ({ head, rows }) => [head, head.map(() => '---'), ...rows].map((r) => `| ${r.join(' | ')} |`).join('\n'), text: escapeMarkdown });

interface Style {
  title(text: string): string;
  item(text: string): string;
  table(table: Table): string;
  /** Text from data. */
  text(text: string): string;
}

function render(c: Comparison, style: Style): string {
  const t = style.text;
  const block = (title: string, ...lines: readonly string[]): string[] => (lines.length === 0 ? [] : [`${style.title(title)}\n${lines.join('\n')}`]);
  const items = (lines: readonly string[]): string[] => lines.map((line) => style.item(line));
  const failures = (['a', 'b'] as const).flatMap((side) => c.failures[side].map((f) => [side.toUpperCase(), t(f.run), f.outcome, t(f.cause)]));
  const parts = [
    ...block('Compared', ...items([`A ${t(c.a.dir)}: ${t(c.a.name)}, seeds ${c.a.seeds.join(' ')}, experiment ${c.a.experimentHash.slice(0, 12)}`, `B ${t(c.b.dir)}: ${t(c.b.name)}, seeds ${c.b.seeds.join(' ')}, experiment ${c.b.experimentHash.slice(0, 12)}`])),
    ...block('What came out', ...items([...c.algorithms.map((a) => t(a.verdict)), ...c.failures.broken.map((label) => `${t(label)} finished in A and failed in B.`), ...(c.algorithms.length === 0 ? ['No algorithm is in both.'] : [])])),
    ...block('Setup', c.setup.length === 0 ? style.item('the same on both sides') : style.table({ head: ['setting', 'A', 'B'], rows: c.setup.map((s) => [t(s.path), t(s.a ?? '–'), t(s.b ?? '–')]) })),
    ...(c.algorithms.length === 0 ? [] : block('B minus A, 95 % intervals', style.table({ head: ['algorithm', ...FIGURES.map(([name]) => name), 'adjusted p', 'runs'], rows: c.algorithms.map((a) => [t(a.name), ...FIGURES.map(([, of, format]) => difference(of(a), format)), a.adjustedP === null ? '–' : number(a.adjustedP, 2), `${a.runs.a} → ${a.runs.b}`]) }))),
    ...(c.algorithms.length === 0 ? [] : block('From A to B', style.table({ head: ['algorithm', ...FIGURES.map(([name]) => name)], rows: c.algorithms.map((a) => [t(a.name), ...FIGURES.map(([, of, format]) => levels(of(a), format))]) }))),
    ...block('Only in one', ...items([...c.onlyA.map((label) => `${t(label)}: only in A`), ...c.onlyB.map((label) => `${t(label)}: only in B`)])),
    ...(failures.length === 0 ? [] : block('Failures', style.table({ head: ['side', 'run', 'outcome', 'cause'], rows: failures }))),
    ...block('Notes', ...items([...c.notes.map(t), ...(c.clock === null ? [] : [`${t(c.clock)}.`]), 'KL is against the starting policy, nats per sequence; FLOPs and seconds are of training, the reward model charged to its users.'])),
  ];
  return `${parts.join('\n\n')}\n`;
}

type Format = (x: number) => string;
const FIGURES: readonly (readonly [string, (a: AlgorithmChange) => Change | null, Format])[] = [
  ['gold reward', (a) => a.goldReward, number],
  ['win rate', (a) => a.winRate, percent],
  ['KL', (a) => a.kl, number],
  ['FLOPs', (a) => a.flops, (x) => si(x, 'FLOP')],
  ['training', (a) => a.seconds, seconds],
  ['peak memory', (a) => a.peakMemoryBytes, bytes],
];

function difference(change: Change | null, format: Format): string {
  if (change?.difference == null) return '–';
  const plus: Format = (x) => (format === number ? signed(x) : `${x > 0 ? '+' : x < 0 ? '−' : ''}${format(Math.abs(x))}`);
  return `${plus(change.difference)}${change.ci === null ? '' : ` [${plus(change.ci[0])}, ${plus(change.ci[1])}]`}`;
}

const levels = (change: Change | null, format: Format): string => (change?.a == null || change.b === null ? '–' : `${format(change.a)} → ${format(change.b)}`);

function aligned({ head, rows }: Table): string {
  const widths = head.map((name, i) => Math.max(name.length, ...rows.map((r) => r[i]!.length)));
  return [head, ...rows].map((row) => `  ${row.map((cell, i) => cell.padEnd(widths[i]!)).join('  ').trimEnd()}`).join('\n');
}
