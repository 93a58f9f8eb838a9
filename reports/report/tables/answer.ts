import type {
  Answer,
  Comparison,
  ComputeComparison,
  FrontierRow,
  GridRow,
  Ladder,
  RewardOnPolicy,
} from '../answer.js';
import type { Column } from '../columns.js';
import { written } from '../format.js';
import { crossoverWords } from '../purchases.js';

/** The two sides of a comparison. */
export const SIDES = [
  { id: 'first', heading: 'first', kind: 'title', of: ({ a }: { readonly a: string }) => a },
  { id: 'second', heading: 'second', kind: 'name', of: ({ b }: { readonly b: string }) => b },
] as const;

/** Frontiers against each other, whether or not they may be read as tests. */
const DIFFERENCES: readonly Column<Comparison>[] = [
  ...SIDES,
  {
    id: 'difference',
    heading: 'first − second',
    kind: 'figure',
    unit: 'difference',
    of: (c) => c.difference,
    latex: { heading: 'first $-$ second' },
  },
];

/** What the tests say of them. */
export const TESTED: readonly Column<Comparison>[] = [
  ...DIFFERENCES,
  { id: 'verdict', heading: 'first is', kind: 'word', of: (c) => c.verdict },
  { id: 'p', heading: 'p: no difference', kind: 'pValue', of: (c) => c.p, latex: { heading: '$p$' } },
  {
    id: 'equivalence_p',
    heading: 'p: not within the margin',
    kind: 'pValue',
    of: (c) => c.equivalenceP,
    latex: null,
  },
  { id: 'adjusted_p', heading: 'p, corrected', kind: 'pValue', of: (c) => c.adjustedP },
  { id: 'detectable', heading: 'detectable', kind: 'number', unit: 'plain', of: (c) => c.detectable },
];

/** The same where the gate is closed: intervals, and what could have been found. */
export const UNTESTED: readonly Column<Comparison>[] = [
  ...DIFFERENCES,
  { id: 'detectable', heading: 'detectable', kind: 'number', unit: 'plain', of: (c) => c.detectable },
];

/** The primary figure at one budget. */
export const AT_BUDGETS: readonly Column<Comparison['budgets'][number]>[] = [
  { id: 'budget', heading: 'KL budget, nats', kind: 'title', of: (b) => written(b.budget) },
  {
    id: 'difference',
    heading: 'first − second',
    kind: 'figure',
    unit: 'difference',
    of: (b) => b.difference,
  },
];

/** Budgets with a column of their own; report.json has all. */
const MOST_BUDGETS = 5;

const PARADIGMS: Readonly<Record<string, string>> = {
  pairs: 'given pairs',
  'own-samples': 'its own samples',
  nothing: 'nothing',
};

/** Unions and families, with their gain at the budgets that the experiment declares. */
export function frontierColumns(rows: readonly FrontierRow[]): readonly Column<FrontierRow>[] {
  const declared = rows.flatMap(({ points }) => points.filter((p) => p.declared).map((p) => p.budget));
  const budgets = [...new Set(declared)].sort((a, b) => a - b).slice(-MOST_BUDGETS);
  const last = budgets.at(-1);
  const at = (row: FrontierRow, budget: number): FrontierRow['points'][number] | undefined =>
    row.points.find((p) => p.budget === budget);
  return [
    { id: 'name', heading: 'frontier', kind: 'title', of: (f) => f.name },
    { id: 'kind', heading: 'of', kind: 'word', of: (f) => f.kind, html: null },
    {
      id: 'mean',
      heading: 'gain, mean over budgets',
      kind: 'figure',
      unit: 'difference',
      of: (f) => f.mean,
      html: { why: (f) => f.missing.join('; ') },
      markdown: { why: (f) => f.missing.join('; ') },
    },
    ...budgets.map(
      (budget): Column<FrontierRow> => ({
        id: `at_${budget}`,
        heading: `at ${written(budget)} nats`,
        kind: 'figure',
        unit: 'difference',
        of: (f) => at(f, budget)?.gain ?? null,
      }),
    ),
    ...(last === undefined
      ? []
      : [
          {
            id: 'win_rate',
            heading: `win rate at ${written(last)}`,
            kind: 'figure',
            unit: 'rate',
            of: (f: FrontierRow) => at(f, last)?.winRate ?? null,
            latex: null,
          } as const,
        ]),
    {
      id: 'paradigm',
      heading: 'learns from',
      kind: 'word',
      of: (f) => (f.paradigm === null ? '–' : (PARADIGMS[f.paradigm] ?? f.paradigm)),
    },
    { id: 'configurations', heading: 'configurations', kind: 'count', of: (f) => f.configurations },
    {
      id: 'largest_kl',
      heading: 'largest KL, nats',
      kind: 'number',
      unit: 'plain',
      of: (f) => f.largestKl,
      latex: { heading: 'largest KL' },
    },
  ];
}

/** What parts two neighbouring rungs. */
export const LADDER_STEPS: readonly Column<Ladder['steps'][number]>[] = [
  { id: 'from', heading: 'from', kind: 'title', of: (s) => s.from },
  { id: 'to', heading: 'to', kind: 'name', of: (s) => s.to },
  { id: 'difference', heading: 'gold reward', kind: 'figure', unit: 'difference', of: (s) => s.difference },
  { id: 'what', heading: 'what changes', kind: 'text', of: (s) => s.what },
];

/** Unions and families by what a budget of compute buys. */
export const COMPUTE: readonly Column<ComputeComparison>[] = [
  ...SIDES,
  {
    id: 'least',
    heading: 'at the least budget for both',
    kind: 'figure',
    unit: 'difference',
    of: (c) => c.budgets.find(({ difference }) => difference !== null)?.difference ?? null,
    latex: { heading: 'least budget' },
  },
  {
    id: 'most',
    heading: 'at the largest',
    kind: 'figure',
    unit: 'difference',
    of: (c) => c.budgets.at(-1)?.difference ?? null,
    latex: { heading: 'largest' },
  },
  { id: 'dearer', heading: 'dearer', kind: 'name', of: (c) => c.crossover?.dearer ?? null },
  { id: 'crossover', heading: 'is higher from', kind: 'word', of: crossoverWords },
];

/** Where something else chooses. */
export const SENSITIVITY: readonly Column<Answer['sensitivity'][number]>[] = [
  { id: 'by', heading: 'chosen by', kind: 'title', of: (s) => s.by },
  {
    id: 'difference',
    heading: 'difference',
    kind: 'figure',
    unit: 'difference',
    of: (s) => s.comparison?.difference ?? null,
    html: { why: (s) => s.reason ?? '' },
    markdown: { why: (s) => s.reason ?? '' },
  },
  { id: 'reason', heading: 'why not', kind: 'text', of: (s) => s.reason ?? '', markdown: null },
];

/** A swept number of a family, or a family without any. */
export interface GridLine {
  readonly grid: GridRow;
  readonly parameter: GridRow['parameters'][number] | null;
}

export const gridLines = (grids: readonly GridRow[]): readonly GridLine[] =>
  grids.flatMap((grid): GridLine[] =>
    grid.parameters.length === 0
      ? [{ grid, parameter: null }]
      : grid.parameters.map((parameter) => ({ grid, parameter })),
  );

/** `0.001 (4 of 5 seeds), 0.0003 (1)`, the most frequent first. */
function chosen({ parameter }: GridLine): string {
  if (parameter === null || parameter.chosen.length === 0) return '–';
  const counts = new Map<number, number>();
  for (const { value } of parameter.chosen) counts.set(value, (counts.get(value) ?? 0) + 1);
  return [...counts]
    .sort((a, b) => b[1] - a[1])
    .map(([value, n], i) => `${written(value)} (${i === 0 ? `${n} of ${parameter.chosen.length} seeds` : n})`)
    .join(', ');
}

function edge({ parameter }: GridLine): string {
  if (parameter?.edge == null) return '–';
  const { side, add, freest } = parameter.edge;
  return freest ? `${side}: its strongest` : `${side}; try ${written(add)}`;
}

export const GRIDS: readonly Column<GridLine>[] = [
  { id: 'family', heading: 'family', kind: 'title', of: ({ grid }) => grid.family },
  { id: 'configurations', heading: 'configurations', kind: 'count', of: ({ grid }) => grid.configurations },
  { id: 'parameter', heading: 'swept', kind: 'name', of: ({ parameter }) => parameter?.name ?? null },
  {
    id: 'values',
    heading: 'values',
    kind: 'text',
    of: ({ parameter }) => parameter?.values.map((value) => written(value)).join(', ') ?? '–',
  },
  { id: 'chosen', heading: 'chosen', kind: 'text', of: chosen },
  { id: 'edge', heading: 'at the edge', kind: 'word', of: edge },
  {
    id: 'unspent',
    heading: 'half the KL budget',
    kind: 'word',
    of: ({ grid }) => (grid.unspent ? 'not reached' : 'reached'),
  },
  {
    id: 'tuning_cost',
    heading: 'tuning cost',
    kind: 'figure',
    unit: 'flops',
    of: ({ grid }) => grid.tuningFlops,
    html: { meanOnly: true },
    markdown: { meanOnly: true },
  },
];

/** How a learned reward ranks what policies wrote themselves. */
export const REWARDS_ON_POLICIES: readonly Column<RewardOnPolicy>[] = [
  { id: 'name', heading: 'policy', kind: 'title', of: (r) => r.name },
  { id: 'kl', heading: 'KL, nats', kind: 'figure', unit: 'plain', of: (r) => r.kl },
  { id: 'accuracy', heading: 'proxy ranks as gold', kind: 'figure', unit: 'rate', of: (r) => r.accuracy },
  {
    id: 'disagreement',
    heading: 'proxy against chooser',
    kind: 'figure',
    unit: 'rate',
    of: (r) => r.disagreement,
  },
  { id: 'entropy', heading: 'entropy, nats', kind: 'figure', unit: 'plain', of: (r) => r.entropy ?? null },
  { id: 'distinct_2', heading: 'distinct-2', kind: 'figure', unit: 'rate', of: (r) => r.distinct2 ?? null },
  { id: 'length', heading: 'length, tokens', kind: 'figure', unit: 'plain', of: (r) => r.length },
];
