import { clean } from '../report/escape.js';
import { number, si, withInterval, signed } from '../report/format.js';
import type { Figure } from '../../harness/stats/interval.js';
import type { ComputeComparison } from '../report/comparisons.js';
import type { Report } from '../report/model.js';
import type { Plan, Row, Spec } from './draw.js';
import { band, KL_AXIS } from './frontier.js';
import { type Key, tag, thin } from './key.js';
import { INK } from './svg.js';

/** Panels drawn at most; the tables have every pair. */
const MAX_PAIRS = 12;

/** Difference of two families at every KL that both reach. */
export function matchedKl(report: Report, key: Key): Plan | null {
  const pairs = report.matchedKl.filter((m) => m.curve.length > 1);
  return panels(key, pairs, {
    id: 'equal-kl',
    title: 'Difference at equal KL',
    reading:
      'Above the line the first is ahead at that KL, below it the second; where the band of the 95 % ' +
      'intervals over seeds leaves the line, they differ.',
    x: { field: 'kl', title: KL_AXIS },
    points: (m) =>
      m.curve.map((p) => ({ x: p.kl, at: `${number(p.kl)} nats`, difference: p.goldDifference })),
    marked: () => null,
  });
}

/** Difference of two families against the budget both get. */
export function matchedCompute(report: Report, key: Key): Plan | null {
  const pairs = report.matchedCompute.filter((m) => m.budgets.length > 1);
  return panels(key, pairs, {
    id: 'equal-compute',
    title: 'Difference at equal compute',
    reading:
      'Above the line the first is ahead when both stop at that training budget (reward models charged), ' +
      'below it the second; a dashed upright marks where the dearer one goes ahead for good.',
    x: { field: 'flops', title: 'training FLOPs', axis: { format: '~s' } },
    points: (m) =>
      m.budgets.map((p) => ({ x: p.flops, at: si(p.flops, 'FLOP'), difference: p.goldDifference })),
    marked: whereAhead,
  });
}

function whereAhead({ atCheaper, crossover: { dearer, multiple } }: ComputeComparison): Marked | null {
  if (multiple === null || atCheaper === null) return null;
  const cost = `${number(multiple)} times the cost of ${atCheaper.cheaper}`;
  return { x: multiple * atCheaper.flops, text: `${dearer} is ahead for good from ${cost}` };
}

/** A place on the x axis, and what is read out on it. */
interface Marked {
  readonly x: number;
  readonly text: string;
}

/** What the figures of pairs differ in; `M` is a pair's comparison. */
interface Shape<M> {
  readonly id: string;
  readonly title: string;
  readonly reading: string;
  readonly x: Spec & { readonly field: string };
  points(pair: M): readonly { readonly x: number; readonly at: string; readonly difference: Figure }[];
  marked(pair: M): Marked | null;
}

/** One small panel per pair, on one scale. */
function panels<M extends { readonly a: string; readonly b: string }>(
  key: Key,
  pairs: readonly M[],
  shape: Shape<M>,
): Plan | null {
  const shown = pairs.slice(0, MAX_PAIRS);
  if (shown.length === 0) return null;
  const rows = shown.flatMap((pair, panel) =>
    thin(shape.points(pair)).map(
      ({ x, at, difference }): Row => ({
        panel,
        a: clean(pair.a),
        b: clean(pair.b),
        [shape.x.field]: x,
        difference: difference.mean,
        ...band(difference),
        tag: tag(
          key,
          [pair.a, pair.b],
          `${pair.a} − ${pair.b} at ${at}: ${withInterval(difference, signed)}`,
        ),
      }),
    ),
  );
  const marks = shown.flatMap((pair, panel): Row[] => {
    const mark = shape.marked(pair);
    return mark === null
      ? []
      : [{ panel, [shape.x.field]: mark.x, tag: tag(key, [pair.a, pair.b], mark.text) }];
  });
  const x = { type: 'quantitative', ...shape.x };
  const domain = [
    Math.min(0, ...rows.map((r) => Number(r['lo']))),
    Math.max(0, ...rows.map((r) => Number(r['hi']))),
  ];
  const y = {
    field: 'difference',
    type: 'quantitative',
    title: 'first − second',
    scale: { domain, nice: true },
  };
  const description = { field: 'tag' };
  const color = { value: '#0072B2' };
  return {
    id: shape.id,
    title: shape.title,
    reading: shape.reading,
    note:
      pairs.length > MAX_PAIRS ? `${MAX_PAIRS} of ${pairs.length} pairs are drawn; the table has all.` : '',
    data: { differences: rows, marks },
    panels: shown.map((pair, panel) => ({
      title: `${clean(pair.a)} − ${clean(pair.b)}`,
      spec: {
        layer: [
          {
            data: { name: 'differences' },
            mark: { type: 'area', opacity: 0.2 },
            encoding: { x, y: { ...y, field: 'lo' }, y2: { field: 'hi' }, color, description },
          },
          {
            data: { values: [{ zero: 0 }] },
            mark: { type: 'rule', color: INK, opacity: 0.6 },
            encoding: { y: { ...y, field: 'zero' } },
          },
          {
            data: { name: 'differences' },
            mark: { type: 'line', strokeWidth: 2 },
            encoding: { x, y, color, description },
          },
          {
            data: { name: 'differences' },
            mark: { type: 'point', filled: true, size: 10 },
            encoding: { x, y, color, description },
          },
          ...(marks.some((m) => m['panel'] === panel)
            ? [
                {
                  data: { name: 'marks' },
                  mark: { type: 'rule', strokeDash: [4, 3], strokeWidth: 1.5, color: '#D55E00' },
                  encoding: { x, description },
                },
              ]
            : []),
        ].map((layer) =>
          'name' in layer.data
            ? { ...layer, transform: [{ filter: { field: 'panel', equal: panel } }] }
            : layer,
        ),
      },
    })),
    width: 260,
    height: 160,
    legend: [],
  };
}
