import { clean } from '../report/escape.js';
import { number, percent, withInterval } from '../report/format.js';
import type { Report } from '../report/model.js';
import type { Plan, Row } from './draw.js';
import { band } from './frontier.js';
import { colour, dash, type Key, legendOf, MAX_CURVES, tag, thin, identity } from './key.js';
import { INK } from './svg.js';

/** Strength over all head-to-heads. */
export function ranking(report: Report, key: Key): Plan | null {
  const ranked = report.ranking.filter((r) => key.family(r.name) >= 0); // the start is the line at 0
  const shown = ranked.slice(0, MAX_CURVES);
  if (shown.length < 2) return null;
  const rows = shown.map(
    (r): Row => ({
      ...identity(key, r.name),
      rank: r.rank,
      theta: r.theta.mean,
      ...band(r.theta),
      tag: tag(key, [r.name], `${r.name}: ${withInterval(r.theta)}, rank ${r.rank}`),
    }),
  );
  const y = { field: 'name', type: 'nominal', sort: null, title: null };
  const x = { field: 'theta', type: 'quantitative', title: 'strength, the start at 0' };
  const shared = { y, color: colour(key), description: { field: 'tag' } };
  return {
    id: 'ranking-figure',
    title: 'Strength over all head-to-heads',
    reading:
      'Bradley-Terry strength (log-odds of winning) over all head-to-heads with 95 % intervals over ' +
      'seeds; a difference of 1 is a win rate of 73 %, and where intervals overlap widely the order is ' +
      'not settled.',
    note: ranked.length > shown.length ? `The first ${shown.length} of ${ranked.length} are drawn.` : '',
    data: { ranking: rows },
    panels: [
      {
        spec: {
          data: { name: 'ranking' },
          height: { step: 26 },
          layer: [
            {
              data: { values: [{ zero: 0 }] },
              mark: { type: 'rule', strokeDash: [4, 4], color: INK, opacity: 0.5 },
              encoding: { x: { ...x, field: 'zero' } },
            },
            {
              mark: { type: 'rule', strokeWidth: 2 },
              encoding: { ...shared, x: { ...x, field: 'lo' }, x2: { field: 'hi' } },
            },
            { mark: { type: 'point', filled: true, size: 80, opacity: 1 }, encoding: { ...shared, x } },
          ],
        },
      },
    ],
    width: 400,
    height: 200,
    narrow: 190,
    legend: legendOf(key, rows),
  };
}

/** Share of seeds above every threshold. */
export function profiles(report: Report, key: Key): Plan | null {
  const profiled = report.profiles.filter((p) => key.family(p.name) >= 0);
  const shown = profiled.slice(0, MAX_CURVES);
  if (shown.length === 0) return null;
  const rows = shown.flatMap((p) =>
    thin(p.thresholds.map((threshold, i) => ({ threshold, i }))).map(
      ({ threshold, i }): Row => ({
        ...identity(key, p.name),
        threshold,
        share: p.share[i]!,
        lo: p.lo[i]!,
        hi: p.hi[i]!,
        tag: tag(key, [p.name], `${p.name}: ${percent(p.share[i]!)} of seeds above ${number(threshold)}`),
      }),
    ),
  );
  const y = {
    field: 'share',
    type: 'quantitative',
    title: 'share of seeds above it',
    axis: { format: '.0%' },
    scale: { domain: [0, 1] },
  };
  const shared = {
    x: { field: 'threshold', type: 'quantitative', title: 'normalised score' },
    color: colour(key),
    detail: { field: 'name' },
    description: { field: 'tag' },
  };
  return {
    id: 'profiles',
    title: 'Performance profiles',
    reading:
      'Share of seeds whose score (0 the start, 1 the best) exceeds the threshold, with 95 % bands: ' +
      'higher and further right is better, and curves that cross have no order without a choice of ' +
      'threshold (Agarwal et al. 2021).',
    note: profiled.length > shown.length ? `The first ${shown.length} of ${profiled.length} are drawn.` : '',
    data: { profiles: rows },
    panels: [
      {
        spec: {
          data: { name: 'profiles' },
          layer: [
            {
              mark: { type: 'area', opacity: 0.06, interpolate: 'step-after' },
              encoding: { ...shared, y: { ...y, field: 'lo' }, y2: { field: 'hi' } },
            },
            {
              mark: { type: 'line', strokeWidth: 2, interpolate: 'step-after' },
              encoding: { ...shared, y, strokeDash: dash },
            },
          ],
        },
      },
    ],
    width: 400,
    height: 260,
    narrow: 280,
    legend: legendOf(key, rows),
  };
}

/** Figures of reward models drawn at most; the table has all. */
const MAX_MEASURES = 18;

/** One panel for each figure that reward models report, on its own scale. */
export function rewardModels(report: Report, key: Key): Plan | null {
  const measures = [...new Set(report.rewardModels.flatMap((m) => Object.keys(m.figures)))];
  const shown = measures.slice(0, MAX_MEASURES);
  if (shown.length === 0) return null;
  const rows = shown.flatMap((measure, panel) =>
    report.rewardModels.flatMap((m): Row[] => {
      const f = m.figures[measure];
      return f === undefined
        ? []
        : [
            {
              panel,
              measure: clean(measure),
              name: clean(m.name),
              value: f.mean,
              ...band(f),
              tag: tag(key, [m.name], `${m.name}, ${measure}: ${withInterval(f)}`),
            },
          ];
    }),
  );
  const y = { field: 'name', type: 'nominal', sort: null, title: null, axis: { labelLimit: 190 } };
  const x = { field: 'value', type: 'quantitative', title: null, scale: { zero: false } };
  const shared = { y, color: { value: '#0072B2' }, description: { field: 'tag' } };
  return {
    id: 'reward-figures',
    title: 'Reward models side by side',
    reading:
      'One panel for each figure, every dot a reward model with its 95 % interval over seeds; names that ' +
      'start with test/ are on pairs no run trained on.',
    note:
      measures.length > shown.length
        ? `${shown.length} of ${measures.length} figures are drawn; the table has all.`
        : '',
    data: { rewards: rows },
    panels: shown.map((measure, panel) => ({
      title: clean(measure),
      spec: {
        data: { name: 'rewards' },
        transform: [{ filter: { field: 'panel', equal: panel } }],
        height: { step: 22 },
        layer: [
          {
            mark: { type: 'rule', strokeWidth: 2 },
            encoding: { ...shared, x: { ...x, field: 'lo' }, x2: { field: 'hi' } },
          },
          { mark: { type: 'point', filled: true, size: 60, opacity: 1 }, encoding: { ...shared, x } },
        ],
      },
    })),
    width: 150,
    height: 60,
    legend: [],
  };
}
