import { number } from '../report/format.js';
import type { CurvePoint } from '../report/background.js';
import type { Report } from '../report/model.js';
import type { Plan, Row } from './draw.js';
import { KL_AXIS } from './frontier.js';
import { colour, dash, type Key, legendOf, MAX_POINTS, tag, thin, thinned, identity } from './key.js';

/** Gold reward along training, with bands. */
export function learning(report: Report, key: Key): Plan | null {
  const { rows, cut } = curvesOf(
    report,
    key,
    MAX_POINTS,
    (p) => p.goldReward !== null,
    (p, name, last) => ({
      step: p.step,
      share: p.step / last,
      gold: p.goldReward,
      lo: p.goldCi?.[0] ?? p.goldReward,
      hi: p.goldCi?.[1] ?? p.goldReward,
      tag: tag(key, [name], `${name} at step ${p.step}: gold reward ${number(p.goldReward!)}`),
    }),
  );
  if (rows.length === 0) return null;
  const x = {
    field: 'share',
    type: 'quantitative',
    title: 'share of training done',
    axis: { format: '.0%' },
  };
  const y = { field: 'gold', type: 'quantitative', title: 'gold reward', scale: { zero: false } };
  const shared = { x, color: colour(key), detail: { field: 'name' }, description: { field: 'tag' } };
  return {
    id: 'learning',
    title: 'Gold reward while training',
    reading:
      'Mean over seeds on validation prompts with 95 % bands; a curve that rises and then falls has ' +
      'over-optimised, and dashes tell the configurations of one family apart.',
    note: [key.leftOut, cut ? thinned() : ''].filter(Boolean).join(' '),
    data: { training: rows },
    panels: [
      {
        spec: {
          data: { name: 'training' },
          layer: [
            {
              mark: { type: 'area', opacity: 0.12 },
              encoding: { ...shared, y: { ...y, field: 'lo' }, y2: { field: 'hi' } },
            },
            { mark: { type: 'line', strokeWidth: 2 }, encoding: { ...shared, y, strokeDash: dash } },
            { mark: { type: 'point', filled: true, size: 12 }, encoding: { ...shared, y } },
          ],
        },
      },
    ],
    width: 640,
    height: 300,
    narrow: 280,
    legend: legendOf(key, rows),
  };
}

/** Of a curve in each of three panels. */
const MAX_PANEL_POINTS = 24;

/**
 * Proxy, gold and length against KL: where the first rises and the second falls, the reward model is being
 * exploited.
 */
export function overOptimisation(report: Report, key: Key): Plan | null {
  const measures = [
    ['proxy reward', (p: CurvePoint) => p.proxyReward],
    ['gold reward', (p: CurvePoint) => p.goldReward],
    ['length, tokens', (p: CurvePoint) => p.length],
  ] as const;
  const drawn = measures.map(([label, of], panel) =>
    curvesOf(
      report,
      key,
      MAX_PANEL_POINTS,
      (p) => p.kl !== null && of(p) !== null,
      (p, name) => ({
        panel,
        measure: label,
        step: p.step,
        kl: p.kl,
        value: of(p),
        tag: tag(key, [name], `${name} at ${number(p.kl!)} nats, step ${p.step}: ${label} ${number(of(p)!)}`),
      }),
    ),
  );
  const rows = drawn.flatMap((d) => d.rows);
  if (!rows.some((r) => r['panel'] === 0) || !rows.some((r) => r['panel'] === 1)) return null;
  return {
    id: 'over-optimisation',
    title: 'Proxy, gold and length against KL',
    reading:
      'The learned reward (proxy) is what is optimised, the gold reward what is wanted: where the first ' +
      'keeps rising and the second falls, the reward model is being exploited, often through length.',
    note: [key.leftOut, drawn.some((d) => d.cut) ? thinned(MAX_PANEL_POINTS) : ''].filter(Boolean).join(' '),
    data: { training: rows },
    panels: measures.flatMap(([label], panel) => {
      const values = rows.flatMap((r) => (r['panel'] === panel ? [r['value']] : []));
      if (new Set(values).size < 2) return []; // all the same, as lengths in a table are
      const shared = {
        x: { field: 'kl', type: 'quantitative', title: KL_AXIS },
        y: { field: 'value', type: 'quantitative', title: null, scale: { zero: false } },
        color: colour(key),
        detail: { field: 'name' },
        description: { field: 'tag' },
      };
      return [
        {
          title: label,
          spec: {
            data: { name: 'training' },
            transform: [{ filter: { field: 'panel', equal: panel } }],
            layer: [
              {
                mark: { type: 'line', strokeWidth: 2 },
                encoding: { ...shared, order: { field: 'step' }, strokeDash: dash },
              },
              { mark: { type: 'point', filled: true, size: 12 }, encoding: shared },
            ],
          },
        },
      ];
    }),
    width: 280,
    height: 200,
    legend: legendOf(key, rows),
  };
}

/**
 * Rows of the drawn configurations that have more than a single point.
 * @param most points of a curve
 * @param has whether a point has what is drawn
 * @param row of a point of the configuration `name`, whose last step is `last`
 */
function curvesOf(
  report: Report,
  key: Key,
  most: number,
  has: (p: CurvePoint) => boolean,
  row: (p: CurvePoint, name: string, last: number) => Row,
): { readonly rows: readonly Row[]; readonly cut: boolean } {
  const curves = [...key.drawn]
    .map((name) => ({ name, points: report.curves.filter((p) => p.name === name && has(p)) }))
    .filter(({ points }) => points.length > 1);
  const rows = curves.flatMap(({ name, points }) =>
    thin(points, most).map(
      (p): Row => ({ ...identity(key, name), ...row(p, name, Math.max(1, points.at(-1)!.step)) }),
    ),
  );
  return { rows, cut: rows.length < curves.reduce((sum, c) => sum + c.points.length, 0) };
}
