import { clean, escapeMarkdown } from '../report/escape.js';
import { bytes, number, percent, seconds, si, signed, withInterval } from '../report/format.js';
import type { ClaimChange, DecidedClaim } from './claims.js';
import type { AlgorithmChange, Change, Comparison, Side } from './model.js';

/**
 * What was compared: two experiments, or two suites (analyses) with their claims and the members that both
 * have.
 */
export interface Compared {
  readonly claims: readonly ClaimChange[] | null;
  /** By member; one without a name for two experiments. A reason where a member could not be compared. */
  readonly members: readonly Member[];
}

interface Member {
  readonly member: string | null;
  readonly comparison: Comparison | string;
}

interface Table {
  readonly head: readonly string[];
  readonly rows: readonly (readonly string[])[];
}

/** How a comparison is written: for a terminal or as Markdown. */
interface Style {
  heading(text: string): string;
  title(text: string): string;
  item(text: string): string;
  table(table: Table): string;
  /** Text from data. */
  text(text: string): string;
}

/** For a terminal: aligned columns, no markup, nothing that data could command the terminal with. */
export const toText = (compared: Compared): string =>
  renderAll(compared, {
    heading: (text) => `== ${text} ==`,
    title: (text) => text,
    item: (text) => `  ${text}`,
    table: aligned,
    text: (text) => clean(text).replaceAll(/\s+/g, ' '),
  });

export const toComparisonMarkdown = (compared: Compared): string =>
  renderAll(compared, {
    heading: (text) => `# ${text}`,
    title: (text) => `## ${text}\n`,
    item: (text) => `- ${text}`,
    table: ({ head, rows }) =>
      [head, head.map(() => '---'), ...rows].map((cells) => `| ${cells.join(' | ')} |`).join('\n'),
    text: escapeMarkdown,
  });

function aligned({ head, rows }: Table): string {
  const widths = head.map((name, i) => Math.max(name.length, ...rows.map((cells) => cells[i]!.length)));
  const line = (cells: readonly string[]): string => {
    const padded = cells.map((cell, i) => cell.padEnd(widths[i]!));
    return `  ${padded.join('  ').trimEnd()}`;
  };
  return [head, ...rows].map(line).join('\n');
}

function renderAll({ claims, members }: Compared, style: Style): string {
  const parts = members.map((member) => renderMember(member, style));
  return [...(claims === null ? [] : [renderClaims(claims, style)]), ...parts].join('\n');
}

function renderMember({ member, comparison }: Member, style: Style): string {
  const heading = member === null ? '' : `${style.heading(style.text(member))}\n\n`;
  if (typeof comparison === 'string') return `${heading}${style.item(style.text(comparison))}\n`;
  return `${heading}${renderComparison(comparison, style)}`;
}

function renderClaims(claims: readonly ClaimChange[], style: Style): string {
  const both = claims.filter(({ a, b }) => a !== null && b !== null);
  const changed = both.filter(({ a, b }) => a!.verdict !== b!.verdict);
  const same = both.length - changed.length;
  const lines = [
    ...changed.map(({ id, claim, a, b }) => {
      return `${style.text(id)}: ${a!.verdict} in A, ${b!.verdict} in B. ${style.text(claim)}`;
    }),
    `${same} of the ${both.length} claims that both decide have the same verdict.`,
  ];
  const table = style.table({
    head: ['claim', 'A', 'B'],
    rows: claims.map(({ id, a, b }) => [style.text(id), decided(a), decided(b)]),
  });
  return `${style.title('Claims')}\n${lines.map(style.item).join('\n')}\n\n${table}\n`;
}

function decided(claim: DecidedClaim | null): string {
  if (claim === null) return '–';
  const { verdict, value, ci, n } = claim;
  const shown = value === null ? '' : `, ${number(value)}`;
  const interval = ci === null ? '' : ` [${number(ci[0])}, ${number(ci[1])}]`;
  return `${verdict}${shown}${interval}, n ${n}`;
}

/** A title with its lines; null where there are none. */
type Block = string | null;

function renderComparison(comparison: Comparison, style: Style): string {
  const items = (title: string, lines: readonly string[]): Block =>
    lines.length === 0 ? null : `${style.title(title)}\n${lines.map(style.item).join('\n')}`;
  const table = (title: string, found: Table): Block =>
    found.rows.length === 0 ? null : `${style.title(title)}\n${style.table(found)}`;
  const { setup } = comparison;
  const blocks: Block[] = [
    items('Compared', [sideLine('A', comparison.a, style), sideLine('B', comparison.b, style)]),
    items('What either answers', answerLines(comparison, style)),
    table('Gold reward, mean over KL budgets', answerTable(comparison, style)),
    items('What changed', outcomeLines(comparison, style)),
    setup.length === 0
      ? items('Setup', ['the same on both sides'])
      : table('Setup', setupTable(comparison, style)),
    table('B minus A, 95 % intervals', differenceTable(comparison, style)),
    table('From A to B', levelTable(comparison, style)),
    items('Only in one', [
      ...comparison.onlyA.map((label) => `${style.text(label)}: only in A`),
      ...comparison.onlyB.map((label) => `${style.text(label)}: only in B`),
    ]),
    table('Failures', failureTable(comparison, style)),
    items('Notes', noteLines(comparison, style)),
  ];
  return `${blocks.filter((block) => block !== null).join('\n\n')}\n`;
}

function sideLine(letter: 'A' | 'B', { dir, name, seeds, experimentHash }: Side, style: Style): string {
  const hash = experimentHash.slice(0, 12);
  return `${letter} ${style.text(dir)}: ${style.text(name)}, seeds ${seeds.join(' ')}, experiment ${hash}`;
}

const answerLines = ({ answer: { a, b } }: Comparison, style: Style): string[] => [
  `A: ${style.text(a.sentence)}`,
  `B: ${style.text(b.sentence)}`,
  ...(a.budget === b.budget || a.budget === null || b.budget === null
    ? []
    : [`The budgets differ: up to ${number(a.budget)} nats in A, ${number(b.budget)} in B.`]),
  ...(a.by === b.by ? [] : [`What chose differs: ${style.text(a.by)} in A, ${style.text(b.by)} in B.`]),
];

const answerTable = ({ answer: { figures } }: Comparison, style: Style): Table => ({
  head: ['', 'A', 'B'],
  rows: figures.map(({ name, a, b }) => [style.text(name), withInterval(a, signed), withInterval(b, signed)]),
});

const outcomeLines = ({ algorithms, failures }: Comparison, style: Style): string[] => [
  ...algorithms.map(({ verdict }) => style.text(verdict)),
  ...failures.broken.map((label) => `${style.text(label)} finished in A and failed in B.`),
  ...(algorithms.length === 0 ? ['No algorithm is in both.'] : []),
];

const setupTable = ({ setup }: Comparison, style: Style): Table => ({
  head: ['setting', 'A', 'B'],
  rows: setup.map(({ path, a, b }) => [style.text(path), style.text(a ?? '–'), style.text(b ?? '–')]),
});

type Format = (x: number) => string;

/** The figures of an algorithm, one a column. */
const FIGURES: readonly (readonly [string, (row: AlgorithmChange) => Change | null, Format])[] = [
  ['gold reward', (row) => row.goldReward, number],
  ['win rate', (row) => row.winRate, percent],
  ['KL', (row) => row.kl, number],
  ['FLOPs', (row) => row.flops, (x) => si(x, 'FLOP')],
  ['training', (row) => row.seconds, seconds],
  ['peak memory', (row) => row.peakMemoryBytes, bytes],
];
const NAMES = FIGURES.map(([name]) => name);

const differenceTable = ({ algorithms }: Comparison, style: Style): Table => ({
  head: ['algorithm', ...NAMES, 'adjusted p', 'runs'],
  rows: algorithms.map((row) => [
    style.text(row.name),
    ...FIGURES.map(([, figure, format]) => difference(figure(row), format)),
    row.adjustedP === null ? '–' : number(row.adjustedP, 2),
    `${row.runs.a} → ${row.runs.b}`,
  ]),
});

const levelTable = ({ algorithms }: Comparison, style: Style): Table => ({
  head: ['algorithm', ...NAMES],
  rows: algorithms.map((row) => [
    style.text(row.name),
    ...FIGURES.map(([, figure, format]) => levels(figure(row), format)),
  ]),
});

function difference(change: Change | null, format: Format): string {
  if (change?.difference == null) return '–';
  const plus = format === number ? signed : withSign(format);
  const interval = change.ci === null ? '' : ` [${plus(change.ci[0])}, ${plus(change.ci[1])}]`;
  return `${plus(change.difference)}${interval}`;
}

const withSign =
  (format: Format): Format =>
  (x) => {
    const sign = x > 0 ? '+' : x < 0 ? '−' : '';
    return `${sign}${format(Math.abs(x))}`;
  };

const levels = (change: Change | null, format: Format): string =>
  change?.a == null || change.b === null ? '–' : `${format(change.a)} → ${format(change.b)}`;

const failureTable = ({ failures }: Comparison, style: Style): Table => ({
  head: ['side', 'run', 'outcome', 'cause'],
  rows: (['a', 'b'] as const).flatMap((side) =>
    failures[side].map(({ run, outcome, cause }) => {
      return [side.toUpperCase(), style.text(run), outcome, style.text(cause)];
    }),
  ),
});

const noteLines = ({ notes, clock }: Comparison, style: Style): string[] => [
  ...notes.map(style.text),
  ...(clock === null ? [] : [`${style.text(clock)}.`]),
  'KL is against the starting policy, nats per sequence; FLOPs and seconds are of training, ' +
    'the reward model charged to its users.',
];
