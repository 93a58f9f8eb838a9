import type { Column } from '../columns.js';
import type { DataReport } from '../data.js';
import { number } from '../format.js';

type Source = DataReport['sources'][number];
type Split = DataReport['splits'][number];
type Lengths = NonNullable<Split['promptTokens']>;

/** A file that rows came from. */
export const SOURCES: readonly Column<Source>[] = [
  { id: 'file', heading: 'file', kind: 'title', of: (s) => s.file },
  { id: 'rows', heading: 'rows', kind: 'count', of: (s) => s.rows },
  { id: 'kept', heading: 'kept', kind: 'count', of: (s) => s.kept },
  { id: 'dropped', heading: 'left out', kind: 'count', of: (s) => s.rows - s.kept },
  { id: 'cutPrompts', heading: 'prompts cut', kind: 'count', of: (s) => s.truncated.prompts },
  { id: 'cutCompletions', heading: 'completions cut', kind: 'count', of: (s) => s.truncated.completions },
  { id: 'sha256', heading: 'SHA-256', kind: 'word', of: (s) => s.sha256.slice(0, 12) },
];

/** A reason for which rows of a file were left out. */
interface Dropped {
  readonly file: string;
  readonly reason: string;
  readonly rows: number;
  readonly first: string;
}

export const dropped = ({ sources }: DataReport): Dropped[] =>
  sources.flatMap(({ file, dropped: reasons }) => reasons.map((reason) => ({ file, ...reason })));

export const DROPPED: readonly Column<Dropped>[] = [
  { id: 'file', heading: 'file', kind: 'title', of: (d) => d.file },
  { id: 'rows', heading: 'left out', kind: 'count', of: (d) => d.rows },
  { id: 'reason', heading: 'reason', kind: 'text', of: (d) => d.reason },
  { id: 'first', heading: 'first', kind: 'text', of: (d) => d.first },
];

const tokens = (lengths: Lengths | null | undefined): string =>
  lengths == null ? '–' : `${number(lengths.mean)} (${lengths.min} to ${lengths.max})`;
const of = ({ given }: Split, value: (given: NonNullable<Split['given']>) => number): string =>
  given === null ? '–' : String(value(given));

const PAIRS: readonly Column<Split>[] = [
  { id: 'split', heading: 'split', kind: 'title', of: (s) => s.split },
  { id: 'pairs', heading: 'pairs', kind: 'count', of: (s) => s.given?.pairs ?? 0 },
  { id: 'prompts', heading: 'prompts', kind: 'count', of: (s) => s.prompts },
  { id: 'promptTokens', heading: 'prompt tokens', kind: 'word', of: (s) => tokens(s.promptTokens) },
  { id: 'chosenTokens', heading: 'chosen tokens', kind: 'word', of: (s) => tokens(s.given?.chosen) },
  { id: 'rejectedTokens', heading: 'rejected tokens', kind: 'word', of: (s) => tokens(s.given?.rejected) },
  {
    id: 'chosenLonger',
    heading: 'chosen longer',
    kind: 'number',
    unit: 'rate',
    of: (s) => s.given?.chosenLonger ?? null,
  },
  { id: 'duplicates', heading: 'duplicates', kind: 'word', of: (s) => of(s, (g) => g.duplicates) },
  { id: 'equalSides', heading: 'equal sides', kind: 'word', of: (s) => of(s, (g) => g.equalSides) },
  { id: 'conflicting', heading: 'conflicting labels', kind: 'word', of: (s) => of(s, (g) => g.conflicting) },
];

/** Of completions that are judged one by one. */
const JUDGED: readonly Column<Split>[] = [
  { id: 'split', heading: 'split', kind: 'title', of: (s) => s.split },
  { id: 'completions', heading: 'completions', kind: 'count', of: (s) => s.unpaired?.rows ?? 0 },
  { id: 'good', heading: 'labelled true', kind: 'count', of: (s) => s.unpaired?.good ?? 0 },
  { id: 'prompts', heading: 'prompts', kind: 'count', of: (s) => s.prompts },
  { id: 'promptTokens', heading: 'prompt tokens', kind: 'word', of: (s) => tokens(s.promptTokens) },
  {
    id: 'completionTokens',
    heading: 'completion tokens',
    kind: 'word',
    of: (s) => tokens(s.unpaired?.completion),
  },
  { id: 'duplicates', heading: 'duplicates', kind: 'count', of: (s) => s.unpaired?.duplicates ?? 0 },
  {
    id: 'conflicting',
    heading: 'conflicting labels',
    kind: 'count',
    of: (s) => s.unpaired?.conflicting ?? 0,
  },
];

/** Of the splits of data: what pairs have, or completions that are judged one by one. */
export const splitColumns = ({ splits }: DataReport): readonly Column<Split>[] =>
  splits.some(({ given, unpaired }) => given === null && unpaired != null) ? JUDGED : PAIRS;

/** What stands beside the tables, a sentence each, and what is worth knowing first. */
export function facts({
  seed,
  sources,
  template,
  specialTokens,
  bounds,
  shared,
  asked,
  ...data
}: DataReport): string[] {
  const plainText = sources.length > 0 ? 'none, rows are plain text' : 'none named by the dataset';
  return [
    ...data.warnings.map((what) => `Warning: ${what}.`),
    ...data.notes,
    ...(asked === null
      ? []
      : [given('collect.pairs', asked.pairs), given('collect.heldoutPairs', asked.heldoutPairs)]),
    `Template: ${template === null ? plainText : `${template.name}, from ${template.from}`}.`,
    ...specialTokens.map(({ role, ids, from }) => `${role} token: ${ids.join(', ')}, from ${from}.`),
    `Bounds: prompts of ${bounds.prompt} tokens, completions of ${bounds.completion}, end token included.`,
    ...(shared.length === 0 ? ['No two splits have a prompt in common.'] : []),
    `Splits are counted as pipeline seed ${seed} draws them; tokens are mean (least to most).`,
  ];
}

type Asked = NonNullable<DataReport['asked']>['pairs'];

function given(what: string, { asked, there, given: bySeed }: Asked): string {
  if (bySeed.length === 0) return `${what}: ${asked} asked, none collected yet.`;
  const [least, most] = [Math.min(...bySeed), Math.max(...bySeed)];
  const range = least === most ? String(least) : `${least} to ${most}`;
  const of = there > asked ? ` of ${there}` : '';
  return `${what}: ${asked} asked, ${range}${of} given.`;
}
