import type { Figure } from '../../harness/stats/interval.js';
import type { Comparison } from '../report/answer.js';
import { clean } from '../report/escape.js';
import { number, signed, withInterval } from '../report/format.js';
import type { Report } from '../report/model.js';
import type { Plan, Row, Spec } from './draw.js';
import { type Key, tag } from './key.js';
import { INK } from './svg.js';
import { around, band } from './values.js';

/** Pairs drawn at most; the table has all. */
const MAX_PAIRS = 28;

/** The one number that answers, against no difference and against the margin. */
export function primary({ answer }: Report, key: Key): Plan | null {
  const { primary: tested, margin, budget } = answer;
  if (tested?.difference == null) return null;
  const upTo = budget === null ? '' : ` up to ${number(budget)} nats`;
  return {
    ...forest(
      [lineOf(key, tested, 'primary')],
      margin,
      `← ${clean(tested.b)} gains more · ${clean(tested.a)} gains more →`,
    ),
    id: 'primary',
    title: `${clean(tested.a)} − ${clean(tested.b)}, gold reward`,
    reading:
      `The dot is the difference in gold reward, mean over KL budgets${upTo}, the line its 95 % interval` +
      `${margin === null ? '' : ', the band the margin within which they match'}.`,
    width: 330,
    narrow: 300,
  };
}

/** Family against family. */
export function pairs({ answer }: Report, key: Key): Plan | null {
  const known = answer.secondary.comparisons.filter(({ difference }) => difference !== null);
  const shown = known.slice(0, MAX_PAIRS);
  if (shown.length === 0) return null;
  const lines = shown.map((c) => lineOf(key, c, `${clean(c.a)} − ${clean(c.b)}`));
  return {
    ...forest(lines, answer.margin, 'first − second, gold reward'),
    id: 'pairs',
    title: 'Every pair of families',
    reading:
      'Right of the line the first gains more on average over the KL budgets, left of it the second, with ' +
      `95 % intervals${answer.margin === null ? '' : ' and the margin as a band'}.`,
    note:
      known.length > shown.length
        ? `${shown.length} of ${known.length} pairs are drawn; the table has all.`
        : '',
    width: 700,
    narrow: 140,
  };
}

/** The primary figure under every rule of choice. */
export function sensitivity({ answer }: Report, key: Key): Plan | null {
  const { primary: tested, by, margin } = answer;
  const others = answer.sensitivity.flatMap(({ by: rule, comparison }) =>
    comparison?.difference == null ? [] : [lineOf(key, comparison, rule)],
  );
  if (tested?.difference == null || others.length === 0) return null;
  const lines = [lineOf(key, tested, `${by} (this page)`), ...others];
  return {
    ...forest(lines, margin, `${clean(tested.a)} − ${clean(tested.b)}, gold reward`),
    id: 'sensitivity',
    title: 'The same difference where something else chooses',
    reading:
      'Each line is the primary figure with its 95 % interval when configurations are chosen by that score ' +
      'on validation prompts.',
    width: 500,
    narrow: 200,
  };
}

interface Line {
  readonly label: string;
  readonly difference: Figure;
  readonly tag: string;
}

const lineOf = (key: Key, { a, b, difference }: Comparison, label: string): Line => ({
  label,
  difference: difference!,
  tag: tag(key, [a, b], `${a} − ${b}: ${withInterval(difference, signed)}`),
});

/** Intervals under one another, no difference as a line and the margin as a band. */
function forest(
  lines: readonly Line[],
  margin: number | null,
  title: string,
): Pick<Plan, 'data' | 'panels' | 'height' | 'legend'> {
  const rows = lines.map(
    ({ label, difference, tag: said }): Row => ({
      label,
      difference: difference.mean,
      ...band(difference),
      tag: said,
    }),
  );
  const margins = margin === null ? [] : [-margin, margin];
  const domain = around([...margins, ...rows.flatMap((row) => [Number(row['lo']), Number(row['hi'])])]);
  const x = { type: 'quantitative', title, scale: { domain, nice: false } };
  const single = lines.length === 1;
  const y: Spec = {
    field: 'label',
    type: 'nominal',
    sort: null,
    title: null,
    axis: single ? null : { labelLimit: 230, grid: false },
  };
  const shared = { y, color: { value: INK }, description: { field: 'tag' } };
  return {
    data: { differences: rows, margin: margin === null ? [] : [{ from: -margin, to: margin }] },
    panels: [
      {
        spec: {
          height: { step: single ? 46 : 24 },
          layer: [
            {
              data: { name: 'margin' },
              mark: { type: 'rect', color: INK, opacity: 0.09 },
              encoding: { x: { ...x, field: 'from' }, x2: { field: 'to' } },
            },
            {
              data: { values: [{ zero: 0 }] },
              mark: { type: 'rule', color: INK, opacity: 0.6, strokeDash: [4, 4] },
              encoding: { x: { ...x, field: 'zero' } },
            },
            {
              data: { name: 'differences' },
              mark: { type: 'rule', strokeWidth: single ? 4 : 2 },
              encoding: { ...shared, x: { ...x, field: 'lo' }, x2: { field: 'hi' } },
            },
            {
              data: { name: 'differences' },
              mark: { type: 'point', filled: true, size: single ? 200 : 70, opacity: 1 },
              encoding: { ...shared, x: { ...x, field: 'difference' } },
            },
          ],
        },
      },
    ],
    height: 60,
    legend: [],
  };
}
