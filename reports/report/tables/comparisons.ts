import type { FamilyRow } from '../algorithms.js';
import type { Column } from '../columns.js';
import type {
  ComputeComparison,
  ControlReport,
  HeadToHead,
  MatchedComparison,
  RankRow,
} from '../comparisons.js';

/** The tuned configurations of each family. */
export const FAMILIES: readonly Column<FamilyRow>[] = [
  { id: 'family', heading: 'family', kind: 'title', of: (f) => f.name },
  { id: 'configurations', heading: 'configurations', kind: 'count', of: (f) => f.variants.length },
  { id: 'tuning_cost', heading: 'tuning cost', kind: 'figure', unit: 'flops', of: (f) => f.tuningFlops },
  {
    id: 'gold_reward',
    heading: 'gold reward, tuned',
    kind: 'figure',
    unit: 'plain',
    of: (f) => f.tuned?.goldReward ?? null,
    html: { why: whyUntuned },
    markdown: { why: whyUntuned },
  },
  {
    id: 'gold_difference',
    heading: 'against the start',
    kind: 'figure',
    unit: 'difference',
    of: (f) => f.tuned?.goldDifference ?? null,
    markdown: null,
  },
  {
    id: 'win_rate',
    heading: 'win rate against the start',
    kind: 'figure',
    unit: 'rate',
    of: (f) => f.tuned?.winRate ?? null,
    html: { heading: 'win rate: start' },
  },
  { id: 'kl', heading: 'KL, nats', kind: 'figure', unit: 'plain', of: (f) => f.tuned?.kl ?? null },
  { id: 'gain', heading: 'gain along KL', kind: 'figure', unit: 'plain', of: (f) => f.area?.gain ?? null },
  { id: 'dominated', heading: 'dominated', kind: 'figure', unit: 'rate', of: (f) => f.dominated },
];

function whyUntuned({ tuned, missing }: FamilyRow): string {
  return tuned === null ? missing.join('; ') : '';
}

/** The two sides of a comparison; short in Markdown, whose sentences call them a and b. */
const sides = [
  {
    id: 'first',
    heading: 'first',
    kind: 'title',
    of: ({ a }: { readonly a: string }) => a,
    markdown: { heading: 'a' },
  },
  {
    id: 'second',
    heading: 'second',
    kind: 'name',
    of: ({ b }: { readonly b: string }) => b,
    markdown: { heading: 'b' },
  },
] as const;

const adjustedP = {
  id: 'p',
  heading: 'p (Holm)',
  kind: 'pValue',
  of: (row: { readonly adjustedP: number | null }) => row.adjustedP,
  html: { heading: '<i>p</i>' },
  latex: null,
} as const;

/** Pairs of families at equal KL. */
export const MATCHED_KL: readonly Column<MatchedComparison>[] = [
  ...sides,
  { id: 'kl', heading: 'KL, nats', kind: 'number', unit: 'plain', of: (m) => m.kl, latex: { heading: 'KL' } },
  {
    id: 'gold_difference',
    heading: 'gold difference',
    kind: 'figure',
    unit: 'difference',
    of: (m) => m.goldDifference,
    latex: { heading: 'difference there' },
  },
  {
    id: 'win_rate_difference',
    heading: 'win rate difference',
    kind: 'figure',
    unit: 'rateDifference',
    of: (m) => m.winRateDifference,
    latex: null,
  },
  { id: 'area', heading: 'over the range', kind: 'figure', unit: 'difference', of: (m) => m.areaDifference },
  adjustedP,
  { id: 'match', heading: 'match', kind: 'own', latex: null },
];

/** Pairs of families at equal compute. */
export const MATCHED_COMPUTE: readonly Column<ComputeComparison>[] = [
  ...sides,
  {
    id: 'cheaper',
    heading: 'cheaper',
    kind: 'name',
    of: (m) => m.atCheaper?.cheaper ?? null,
    markdown: null,
    latex: null,
  },
  {
    id: 'budget',
    heading: 'budget',
    kind: 'number',
    unit: 'flops',
    of: (m) => m.atCheaper?.flops ?? null,
    latex: { heading: 'FLOPs', unit: 'flopsCount' },
  },
  {
    id: 'gold_difference',
    heading: 'gold difference',
    kind: 'figure',
    unit: 'difference',
    of: (m) => m.atCheaper?.goldDifference ?? null,
    latex: { heading: 'difference there' },
  },
  {
    id: 'win_rate_difference',
    heading: 'win rate difference',
    kind: 'figure',
    unit: 'rateDifference',
    of: (m) => m.atCheaper?.winRateDifference ?? null,
    latex: null,
  },
  {
    id: 'gold_difference_at_seconds',
    heading: 'gold at equal seconds',
    kind: 'figure',
    unit: 'difference',
    of: (m) => m.atCheaper?.goldDifferenceAtSeconds ?? null,
    latex: null,
  },
  {
    id: 'win_rate_difference_at_seconds',
    heading: 'win rate at equal seconds',
    kind: 'figure',
    unit: 'rateDifference',
    of: (m) => m.atCheaper?.winRateDifferenceAtSeconds ?? null,
    latex: null,
  },
  { id: 'crossover', heading: 'crossover', kind: 'own', latex: null },
];

/** Entrants head to head; the page has a matrix instead. */
export const HEAD_TO_HEAD: readonly Column<HeadToHead>[] = [
  ...sides,
  {
    id: 'win_rate',
    heading: 'win rate of a',
    kind: 'figure',
    unit: 'rate',
    of: (h) => h.winRate,
    latex: { heading: 'win rate' },
  },
  {
    id: 'soft_win_rate',
    heading: 'soft win rate',
    kind: 'figure',
    unit: 'rate',
    of: (h) => h.softWinRate,
    latex: null,
  },
  {
    id: 'gold_difference',
    heading: 'gold difference',
    kind: 'figure',
    unit: 'difference',
    of: (h) => h.goldDifference,
  },
  adjustedP,
];

export const RANKING: readonly Column<RankRow>[] = [
  { id: 'rank', heading: 'rank', kind: 'count', of: (r) => r.rank },
  { id: 'name', heading: 'name', kind: 'title', of: (r) => r.name },
  { id: 'strength', heading: 'strength', kind: 'figure', unit: 'plain', of: (r) => r.theta },
  { id: 'elo', heading: 'Elo', kind: 'figure', unit: 'elo', of: (r) => r.theta, markdown: null },
];

/** Algorithms against themselves. */
export const CONTROL: readonly Column<ControlReport['pairs'][number]>[] = [
  { id: 'algorithm', heading: 'algorithm', kind: 'title', of: (p) => p.name },
  {
    id: 'gold_difference',
    heading: 'gold difference',
    kind: 'figure',
    unit: 'difference',
    of: (p) => p.goldDifference,
  },
  { id: 'alarm', heading: 'false alarm', kind: 'own', html: { heading: 'verdict' } },
];
