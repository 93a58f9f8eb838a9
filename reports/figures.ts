import * as vega from 'vega';
import { compile, type TopLevelSpec } from 'vega-lite';
import type { Report } from './model.js';

export interface DrawnFigure {
  readonly id: string;
  readonly title: string;
  /** One sentence on how to read it. */
  readonly reading: string;
  readonly svg: string;
}

/** Okabe & Ito's colour-blind-safe palette, without its yellow (too faint on white) and black (invisible on dark). */
export const PALETTE = ['#0072B2', '#D55E00', '#009E73', '#CC79A7', '#E69F00', '#56B4E9', '#7F7F7F'] as const;
/** Stand-ins in the drawing for colours that the page's theme decides. */
const INK = '#010203';
const GRID = '#040506';

const config = {
  background: 'transparent',
  font: 'system-ui, sans-serif',
  view: { stroke: null },
  axis: { labelColor: INK, titleColor: INK, domainColor: GRID, tickColor: GRID, gridColor: GRID, gridOpacity: 0.6, labelFontSize: 12, titleFontSize: 13, titleFontWeight: 500 },
  legend: { labelColor: INK, titleColor: INK, labelFontSize: 12.5, orient: 'top', title: null, symbolStrokeWidth: 2.5, labelLimit: 260, columns: 5, columnPadding: 14 },
  range: { category: [...PALETTE] },
} as const;
const size = { width: 430, height: 270, config } as const;

/** A Vega-Lite specification as SVG in the page's colours, without a DOM. */
export const drawn = (spec: object): Promise<string> => draw({ ...size, ...spec });

async function draw(spec: object): Promise<string> {
  const view = new vega.View(vega.parse(compile(spec as TopLevelSpec).spec), { renderer: 'none', logLevel: vega.Error });
  const svg = await view.toSVG();
  view.finalize();
  const [, width, height] = /viewBox="0 0 (\S+) (\S+)"/.exec(svg) ?? [];
  return svg
    .replaceAll(INK, 'var(--ink)')
    .replaceAll(GRID, 'var(--rule)')
    .replace(/ width="[^"]*" height="[^"]*"/, ` style="max-width:${width ?? 480}px;aspect-ratio:${width ?? 4}/${height ?? 3}" role="img"`);
}

/** The figures of a report, each with a line on how to read it. Figures without data are left out. */
export async function figures(report: Report): Promise<DrawnFigure[]> {
  const domain = report.algorithms.map((a) => a.name);
  const color = { field: 'name', type: 'nominal', scale: { domain, range: domain.map((_, i) => PALETTE[i % PALETTE.length]!) }, sort: domain };
  const out: DrawnFigure[] = [];
  const points = report.curves.filter((p) => p.kl !== null && p.goldReward !== null);
  const finals = report.algorithms.flatMap((a) => (a.kl.sequence === null || a.goldReward === null ? [] : [{ name: a.name, kl: a.kl.sequence.mean, gold: a.goldReward.mean, lo: a.goldReward.ci?.[0] ?? a.goldReward.mean, hi: a.goldReward.ci?.[1] ?? a.goldReward.mean }]));
  if (points.length > 0 || finals.length > 0) {
    const start = report.reference?.goldReward;
    out.push({
      id: 'frontier',
      title: 'Gold reward against KL',
      reading: 'Each line is one algorithm as it trains, from the starting policy at KL 0; higher at the same KL is better. The large marks are the final policies on test prompts with 95 % intervals.',
      svg: await draw({
        ...size,
        layer: [
          ...(start == null ? [] : [{ data: { values: [{ y: start.mean }] }, mark: { type: 'rule', strokeDash: [4, 4], color: INK, opacity: 0.5 }, encoding: { y: { field: 'y', type: 'quantitative' } } }]),
          { data: { values: points.map(({ name, step, kl, goldReward }) => ({ name, step, kl, gold: goldReward })) }, mark: { type: 'line', strokeWidth: 2, opacity: 0.75, point: { size: 14, filled: true } }, encoding: { x: { field: 'kl', type: 'quantitative', title: 'KL(policy ‖ start), nats per sequence' }, y: { field: 'gold', type: 'quantitative', title: 'gold reward', scale: { zero: false } }, order: { field: 'step' }, color } },
          { data: { values: finals }, mark: { type: 'rule', strokeWidth: 2 }, encoding: { x: { field: 'kl', type: 'quantitative' }, y: { field: 'lo', type: 'quantitative' }, y2: { field: 'hi' }, color } },
          { data: { values: finals }, mark: { type: 'point', filled: true, size: 110, opacity: 1 }, encoding: { x: { field: 'kl', type: 'quantitative' }, y: { field: 'gold', type: 'quantitative' }, color } },
        ],
      }),
    });
  }
  const last = new Map(report.algorithms.map((a) => [a.name, Math.max(1, ...report.curves.filter((p) => p.name === a.name).map((p) => p.step))]));
  const trained = report.curves.filter((p) => (last.get(p.name) ?? 1) > 1).map((p) => ({ ...p, share: p.step / last.get(p.name)! }));
  const progress = { field: 'share', type: 'quantitative', title: 'share of training done', axis: { format: '.0%' } };
  if (trained.some((p) => p.goldReward !== null)) {
    out.push({
      id: 'learning',
      title: 'Gold reward while training',
      reading: 'Mean over seeds on validation prompts. A curve that rises and falls has over-optimised.',
      svg: await draw({ ...size, data: { values: trained }, mark: { type: 'line', strokeWidth: 2, point: { size: 14, filled: true } }, encoding: { x: progress, y: { field: 'goldReward', type: 'quantitative', title: 'gold reward', scale: { zero: false } }, color } }),
    });
  }
  const proxied = trained.filter((p) => p.proxyReward !== null && p.goldReward !== null).flatMap((p) => [{ name: p.name, share: p.share, kind: 'proxy', value: p.proxyReward }, { name: p.name, share: p.share, kind: 'gold', value: p.goldReward }]);
  if (proxied.length > 0) {
    out.push({
      id: 'proxy',
      title: 'Proxy against gold',
      reading: 'The learned reward (solid) is what is optimised, the gold reward (dashed) is what is wanted; where only the solid line keeps rising, the reward model is being exploited.',
      svg: await draw({ ...size, data: { values: proxied }, mark: { type: 'line', strokeWidth: 2 }, encoding: { x: progress, y: { field: 'value', type: 'quantitative', title: 'reward', scale: { zero: false } }, strokeDash: { field: 'kind', type: 'nominal', sort: ['proxy', 'gold'], scale: { domain: ['proxy', 'gold'], range: [[1, 0], [5, 4]] } }, color } }),
    });
  }
  const costs = report.algorithms.flatMap((a) => a.compute.stages.flatMap((s) => (s.flops === null ? [] : [{ name: a.name, stage: s.stage, flops: s.flops.mean }])));
  if (costs.length > 0) {
    out.push({
      id: 'compute',
      title: 'Compute',
      reading: 'Floating-point operations counted from the traced graphs, mean over seeds; what a reward model cost is charged to the algorithms that use it. Evaluation and shared stages are left out.',
      svg: await draw({ ...size, height: { step: 34 }, data: { values: costs }, mark: { type: 'bar', height: { band: 0.7 } }, encoding: { y: { field: 'name', type: 'nominal', sort: domain, title: null }, x: { field: 'flops', type: 'quantitative', title: 'FLOPs', axis: { format: '~s' } }, color: { field: 'stage', type: 'nominal', scale: { range: [PALETTE[0], PALETTE[4]] } } } }),
    });
  }
  return out;
}
