import type { FrontierRow } from '../report/answer.js';
import { clean } from '../report/escape.js';
import { number, signed, withInterval } from '../report/format.js';
import type { Report } from '../report/model.js';
import type { Plan, Row } from './draw.js';
import {
  colour,
  identity,
  type Key,
  legendOf,
  MAX_POINTS,
  tag,
  thin,
  thinned,
  unionColour,
  unionLegend,
} from './key.js';
import { INK } from './svg.js';
import { band } from './values.js';

export const KL_AXIS = 'KL from the start, nats';

const X = { field: 'kl', type: 'quantitative', title: 'KL budget, nats', scale: { nice: false } } as const;
const Y = { field: 'gain', type: 'quantitative', title: 'gain in gold reward' } as const;
const ENDS = { y: { ...Y, field: 'lo' }, y2: { field: 'hi' } } as const;
const description = { field: 'tag' } as const;

/** How far beyond K the first figure goes, in K. */
const BEYOND = 1.25;

/** The start is 0 by definition. */
const START_LINE = {
  data: { values: [{ gain: 0 }] },
  mark: { type: 'rule', strokeDash: [4, 4], color: INK, opacity: 0.6 },
  encoding: { y: Y },
} as const;

/** What the unions are worth at every KL budget, their families thin behind them. */
export function frontier(report: Report, key: Key): Plan | null {
  const { budget } = report.answer;
  const limit = budget === null ? Number.POSITIVE_INFINITY : BEYOND * budget;
  const ofUnion = (rows: readonly Row[]): readonly Row[] => rows.filter((row) => row['union'] !== '');
  const every = pointRows(report, key, 'union');
  const unions = until(limit, ofUnion(every));
  if (unions.length === 0) return null;
  const families = until(limit, ofUnion(pointRows(report, key, 'family')));
  const dots = ofUnion(configurationRows(report, key)).filter((row) => Number(row['kl']) <= limit);
  const left = report.algorithms.length - dots.length;
  const color = unionColour(key);
  const detail = { field: 'name' };
  return {
    id: 'frontier',
    title: 'Gain over the start within a KL budget',
    reading:
      'Thick lines are the best mixture of all configurations that learn alike, with 95 % bands over ' +
      'seeds; thin lines are single families, dots single configurations, and the dashed line is the start.',
    note: [
      'Bands are of each line alone; a difference between two is paired by seed, and known better.',
      budget === null
        ? ''
        : `The dotted upright is K, ${number(budget)} nats, up to which the answer averages.`,
      every.some((row) => Number(row['kl']) > limit)
        ? 'Frontiers go on further out, family by family below.'
        : '',
      left > 0 ? `${left} of ${report.algorithms.length} configurations are further out or left out.` : '',
    ]
      .filter(Boolean)
      .join(' '),
    data: {
      unions,
      families,
      configurations: dots,
      ends: ends(unions),
      limit: budget === null ? [] : [{ kl: budget }],
    },
    panels: [
      {
        spec: {
          layer: [
            START_LINE,
            {
              data: { name: 'limit' },
              mark: { type: 'rule', strokeDash: [1, 3], color: INK, opacity: 0.7 },
              encoding: { x: X },
            },
            {
              data: { name: 'unions' },
              mark: { type: 'area', opacity: 0.14 },
              encoding: { x: X, ...ENDS, color, description },
            },
            {
              data: { name: 'families' },
              mark: { type: 'line', strokeWidth: 1, opacity: 0.6 },
              encoding: { x: X, y: Y, color, detail, description },
            },
            {
              data: { name: 'configurations' },
              mark: { type: 'point', filled: true, size: 14, opacity: 0.5 },
              encoding: { x: X, y: Y, color, description },
            },
            {
              data: { name: 'unions' },
              mark: { type: 'line', strokeWidth: 3 },
              encoding: { x: X, y: Y, color, description },
            },
            {
              data: { name: 'ends' },
              mark: { type: 'text', align: 'left', dx: 6, fontSize: 14, fontWeight: 600 },
              encoding: { x: X, y: Y, color, text: { field: 'name' } },
            },
          ],
        },
      },
    ],
    width: 660,
    height: 385,
    narrow: 265,
    narrowHeight: 195,
    legend: unionLegend(key, unions),
  };
}

/** Each family's frontier in its own colour, and where its configurations end. */
export function families(report: Report, key: Key): Plan | null {
  const [curves, finals] = [pointRows(report, key, 'family'), configurationRows(report, key)];
  if (curves.length + finals.length === 0) return null;
  const parts = [
    curves.length > 0 ? 'lines are each family’s value at that budget with its 95 % band over seeds' : '',
    finals.length > 0 ? 'marks are single configurations with their 95 % intervals' : '',
  ];
  const cut = report.frontiers.some((f) => f.kind === 'family' && f.points.length > MAX_POINTS);
  const color = colour(key);
  const shared = { x: X, color, description };
  return {
    id: 'families',
    title: 'Family by family',
    reading: `Higher at the same KL is better: ${parts.filter(Boolean).join(', ')}.`,
    note: [key.leftOut, cut ? thinned() : ''].filter(Boolean).join(' '),
    data: { families: curves, configurations: finals },
    panels: [
      {
        spec: {
          layer: [
            START_LINE,
            {
              data: { name: 'families' },
              mark: { type: 'area', opacity: 0.13 },
              encoding: { ...shared, ...ENDS },
            },
            {
              data: { name: 'families' },
              mark: { type: 'line', strokeWidth: 2.5 },
              encoding: { ...shared, y: Y },
            },
            {
              data: { name: 'configurations' },
              mark: { type: 'rule', strokeWidth: 1, opacity: 0.6 },
              encoding: { ...shared, ...ENDS },
            },
            {
              data: { name: 'configurations' },
              mark: { type: 'point', filled: true, size: 45, opacity: 1 },
              encoding: { ...shared, y: Y },
            },
          ],
        },
      },
    ],
    width: 1040,
    height: 360,
    narrow: 280,
    narrowHeight: 260,
    legend: legendOf(key, [...curves, ...finals]),
  };
}

/** Gains along the budgets of the rows of one kind. */
const pointRows = (report: Report, key: Key, kind: FrontierRow['kind']): Row[] =>
  report.frontiers
    .filter((row) => row.kind === kind)
    .flatMap(({ name, points }) =>
      thin(points.filter(({ gain }) => gain !== null)).map(({ budget, gain }) => ({
        ...whose(key, name),
        kl: budget,
        gain: gain!.mean,
        ...band(gain!),
        tag: tag(key, [name], `${name} within ${number(budget)} nats: ${withInterval(gain, signed)}`),
      })),
    );

/** The drawn configurations at their end. */
const configurationRows = (report: Report, key: Key): Row[] =>
  report.algorithms.flatMap(({ name, kl, goldDifference }) => {
    if (kl.sequence === null || goldDifference === null || !key.drawn.has(name)) return [];
    const place = `${withInterval(goldDifference, signed)} at ${withInterval(kl.sequence)} nats`;
    return [
      {
        ...whose(key, name),
        kl: kl.sequence.mean,
        gain: goldDifference.mean,
        ...band(goldDifference),
        tag: tag(key, [name], `${name}: ${place}`),
      },
    ];
  });

const whose = (key: Key, name: string): Row => ({
  ...identity(key, name),
  union: clean(key.union(name) ?? ''),
});

/** Lines as far as the figure goes; where one goes on, cut as a window would. */
const until = (limit: number, rows: readonly Row[]): readonly Row[] =>
  rows.flatMap((row, i) => {
    if (Number(row['kl']) <= limit) return [row];
    const before = rows[i - 1];
    if (before?.['name'] !== row['name'] || Number(before?.['kl']) >= limit) return [];
    const share = (limit - Number(before!['kl'])) / (Number(row['kl']) - Number(before!['kl']));
    const at = (field: string): number =>
      Number(before![field]) + share * (Number(row[field]) - Number(before![field]));
    return [{ ...before!, kl: limit, gain: at('gain'), lo: at('lo'), hi: at('hi') }];
  });

/** Where the names of the lines stand: right of all, a line's height apart at least. */
function ends(rows: readonly Row[]): Row[] {
  const last = [...new Map(rows.map((row) => [row['name'], row])).values()];
  const values = rows.flatMap((row) => [Number(row['lo']), Number(row['hi'])]);
  const apart = (Math.max(0, ...values) - Math.min(0, ...values)) * 0.085;
  const kl = Math.max(...rows.map((row) => Number(row['kl'])));
  let below = Number.NEGATIVE_INFINITY;
  return last
    .sort((a, b) => Number(a['gain']) - Number(b['gain']))
    .map(({ name = null, union = null, gain = null }) => {
      below = Math.max(Number(gain), below + apart);
      return { name, union, kl, gain: below };
    });
}
