import { number, withInterval } from '../report/format.js';
import type { Figure } from '../../harness/stats/interval.js';
import type { CurvePoint } from '../report/background.js';
import type { Report } from '../report/model.js';
import type { Plan, Row } from './draw.js';
import { colour, type Key, legendOf, tag, thin, thinned, MAX_POINTS, identity } from './key.js';
import { INK } from './svg.js';

export const KL_AXIS = 'KL from the start, nats';

/** Ends of the interval; both the mean where there is none. */
export const band = ({ mean, ci }: Figure): { lo: number; hi: number } => ({
  lo: ci?.[0] ?? mean,
  hi: ci?.[1] ?? mean,
});

/**
 * Gold reward against KL: the one figure that says which algorithm does more with its distance from the
 * start.
 */
export function frontier(report: Report, key: Key): Plan | null {
  const [bands, curves, finals] = [bandRows(report, key), trainingRows(report, key), finalRows(report, key)];
  if (bands.length + curves.length + finals.length === 0) return null;
  const start = report.reference?.goldReward;
  const parts = [
    bands.length > 0 ? 'thick lines are each family’s best at that KL with its 95 % band over seeds' : '',
    curves.length > 0 ? 'thin lines are configurations as they train' : '',
    finals.length > 0 ? 'large marks are the final policies on test prompts with 95 % intervals' : '',
    start == null ? '' : 'the dashed line is the start',
  ];
  const isThinned =
    traced(report, key).length > curves.length || report.families.some((f) => f.frontier.length > MAX_POINTS);
  const x = { field: 'kl', type: 'quantitative', title: KL_AXIS };
  const y = { field: 'gold', type: 'quantitative', title: 'gold reward', scale: { zero: false } };
  const ends = { y: { ...y, field: 'lo' }, y2: { field: 'hi' } };
  const description = { field: 'tag' };
  return {
    id: 'frontier',
    title: 'Frontiers',
    reading: `Higher at the same KL is better: ${parts.filter(Boolean).join(', ')}.`,
    note: [key.leftOut, isThinned ? thinned() : ''].filter(Boolean).join(' '),
    data: {
      frontier: bands,
      training: curves,
      final: finals,
      start: start == null ? [] : [{ name: 'start', gold: start.mean }],
    },
    panels: [
      {
        spec: {
          layer: [
            {
              data: { name: 'start' },
              mark: { type: 'rule', strokeDash: [4, 4], color: INK, opacity: 0.5 },
              encoding: { y },
            },
            {
              data: { name: 'training' },
              mark: { type: 'line', strokeWidth: 1.4, opacity: 0.65 },
              encoding: {
                x,
                y,
                order: { field: 'step' },
                detail: { field: 'name' },
                color: colour(key),
                description,
              },
            },
            {
              data: { name: 'frontier' },
              mark: { type: 'area', opacity: 0.16 },
              encoding: { x, ...ends, color: colour(key), description },
            },
            {
              data: { name: 'frontier' },
              mark: { type: 'line', strokeWidth: 2.5 },
              encoding: { x, y, color: colour(key), description },
            },
            {
              data: { name: 'frontier' },
              mark: { type: 'point', filled: true, size: 12 },
              encoding: { x, y, color: colour(key), description },
            },
            {
              data: { name: 'final' },
              mark: { type: 'rule', strokeWidth: 2 },
              encoding: { x, ...ends, color: colour(key), description },
            },
            {
              data: { name: 'final' },
              mark: { type: 'point', filled: true, size: 100, opacity: 1 },
              encoding: { x, y, color: colour(key), description },
            },
          ],
        },
      },
    ],
    width: 1040,
    height: 380,
    narrow: 280,
    legend: legendOf(key, [...bands, ...curves, ...finals]),
  };
}

/** Each family's frontier. */
const bandRows = (report: Report, key: Key): Row[] =>
  report.families.flatMap(({ name, frontier: points }) =>
    thin(points).map(({ kl, goldReward }) => ({
      ...identity(key, name),
      kl,
      gold: goldReward.mean,
      ...band(goldReward),
      tag: tag(key, [name], `${name} at ${number(kl)} nats: gold reward ${withInterval(goldReward)}`),
    })),
  );

/** Points of curves that have a place in the figure. */
const traced = (report: Report, key: Key): CurvePoint[] =>
  report.curves.filter((p) => p.kl !== null && p.goldReward !== null && key.drawn.has(p.name));

/** The drawn configurations as they train. */
function trainingRows(report: Report, key: Key): Row[] {
  const points = traced(report, key);
  return [...key.drawn].flatMap((name) =>
    thin(points.filter((p) => p.name === name)).map((p) => ({
      ...identity(key, name),
      step: p.step,
      kl: p.kl,
      gold: p.goldReward,
      tag: tag(key, [name], `${name} while training`),
    })),
  );
}

/** The drawn configurations at their end. */
const finalRows = (report: Report, key: Key): Row[] =>
  report.algorithms.flatMap(({ name, kl, goldReward }) => {
    if (kl.sequence === null || goldReward === null || !key.drawn.has(name)) return [];
    const place = `gold reward ${withInterval(goldReward)} at ${withInterval(kl.sequence)} nats`;
    return [
      {
        ...identity(key, name),
        kl: kl.sequence.mean,
        gold: goldReward.mean,
        ...band(goldReward),
        tag: tag(key, [name], `${name}, final: ${place}`),
      },
    ];
  });
