import { bytes, number, percent, seconds, si, signed } from '../report/format.js';
import { clean, escapeMarkdown } from '../report/escape.js';
import type { ClaimChange, DecidedClaim } from './claims.js';
import type { AlgorithmChange, Change, Comparison } from './model.js';

interface Table {
  readonly head: readonly string[];
  readonly rows: readonly (readonly string[])[];
}

/** What was compared: two experiments, or two suites (analyses) with their claims and the members that both have. */
export interface Compared {
  readonly claims: readonly ClaimChange[] | null;
  /** By member; one without a name for two experiments. A reason where a member could not be compared. */
  readonly members: readonly { readonly member: string | null; readonly comparison: Comparison | string }[];
}

/** For a terminal: aligned columns, no markup, nothing that data could command the terminal with. */
export const toText = (c: Compared): string => renderAll(c, { heading: (text) => `== ${text} ==`, title: (text) => text, item: (text) => `  ${text}`, table: aligned, text: (text) => clean(text).replaceAll(/\s+/g, ' ') });

export const toComparisonMarkdown = (c: Compared): string =>
  renderAll(c, { heading: (text) => `# ${text}`, title: (text) => `## ${text}\n`, item: (text) => `- ${text}`, table: ({ head, rows }) => [head, head.map(() => '---'), ...rows].map((r) => `| ${r.join(' | ')} |`).join('\n'), text: escapeMarkdown });

function renderAll({ claims, members }: Compared, style: Style): string {
  const parts = members.map(({ member, comparison }) => `${member === null ? '' : `${style.heading(style.text(member))}\n\n`}${typeof comparison === 'string' ? `${style.item(style.text(comparison))}\n` : render(comparison, style)}`);
  return [...(claims === null ? [] : [renderClaims(claims, style)]), ...parts].join('\n');
}

function renderClaims(claims: readonly ClaimChange[], style: Style): string {
  const t = style.text;
  const side = (x: DecidedClaim | null): string => (x === null ? '–' : `${x.verdict}${x.value === null ? '' : `, ${number(x.value)}`}${x.ci === null ? '' : ` [${number(x.ci[0])}, ${number(x.ci[1])}]`}, n ${x.n}`);
  const changed = claims.filter(({ a, b }) => a !== null && b !== null && a.verdict !== b.verdict);
  const both = claims.filter(({ a, b }) => a !== null && b !== null).length;
  const lines = [...changed.map(({ id, claim, a, b }) => `${t(id)}: ${a!.verdict} in A, ${b!.verdict} in B. ${t(claim)}`), `${both - changed.length} of the ${both} claims that both decide have the same verdict.`];
  return `${style.title('Claims')}\n${lines.map((line) => style.item(line)).join('\n')}\n\n${style.table({ head: ['claim', 'A', 'B'], rows: claims.map(({ id, a, b }) => [t(id), side(a), side(b)]) })}\n`;
}

interface Style {
  heading(text: string): string;
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
