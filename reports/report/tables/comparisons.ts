import type { Column } from '../columns.js';
import type { ControlReport, HeadToHead } from '../comparisons.js';
import { SIDES } from './answer.js';

/** Configurations head to head, exploratory; the page has a matrix instead. */
export const HEAD_TO_HEAD: readonly Column<HeadToHead>[] = [
  ...SIDES,
  {
    id: 'win_rate',
    heading: 'win rate of the first',
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
  { id: 'q', heading: 'q', kind: 'pValue', of: (h) => h.q, latex: null },
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
