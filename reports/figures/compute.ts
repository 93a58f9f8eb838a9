import type { ComputeComparison } from '../report/answer.js';
import { clean } from '../report/escape.js';
import { flops, signed, withInterval } from '../report/format.js';
import type { Report } from '../report/model.js';
import { crossoverWords } from '../report/purchases.js';
import type { Plan, Row } from './draw.js';
import { type Key, tag, thin, unionColour, unionLegend } from './key.js';
import { INK } from './svg.js';
import { band } from './values.js';

/** What the unions buy at every budget of compute. */
export function compute(report: Report, key: Key): Plan | null {
  const unions = new Set(key.unions.map(({ name }) => name));
  const shown = report.compute.filter(({ a, b }) => unions.has(a) && unions.has(b));
  const rows = shown.flatMap((pair, panel) => [
    ...sideRows(key, pair, panel, 'a'),
    ...sideRows(key, pair, panel, 'b'),
  ]);
  if (rows.length === 0) return null;
  const between = shown.flatMap((pair, panel) => betweenRows(key, pair, panel));
  const x = {
    field: 'flops',
    type: 'quantitative',
    title: 'training FLOPs',
    axis: { format: '~s', tickCount: 4 },
    scale: { type: 'log', nice: false },
  };
  const y = { field: 'gain', type: 'quantitative', title: 'gain in gold reward' };
  const color = unionColour(key);
  const description = { field: 'tag' };
  const alone = shown.length === 1;
  return {
    id: 'equal-compute',
    title: 'What a budget of compute buys',
    reading:
      'The best single configuration that costs at most so much, reward models and choice charged, with ' +
      '95 % bands over seeds; a line begins where all seeds can afford one, and they cross in the grey band.',
    data: { purchases: rows, crossovers: between },
    panels: shown.map((pair, panel) => ({
      ...(alone ? {} : { title: `${clean(pair.a)} and ${clean(pair.b)}` }),
      spec: {
        layer: [
          {
            data: { name: 'crossovers' },
            mark: { type: 'rect', color: INK, opacity: 0.12 },
            encoding: { x: { ...x, field: 'after' }, x2: { field: 'from' }, description },
          },
          {
            data: { name: 'purchases' },
            mark: { type: 'area', opacity: 0.14, interpolate: 'step-after' },
            encoding: { x, y: { ...y, field: 'lo' }, y2: { field: 'hi' }, color, description },
          },
          {
            data: { name: 'purchases' },
            mark: { type: 'line', strokeWidth: 2.5, interpolate: 'step-after' },
            encoding: { x, y, color, description },
          },
          {
            data: { name: 'purchases' },
            mark: { type: 'rule', strokeWidth: 1, opacity: 0.5 },
            encoding: { x, y: { ...y, field: 'lo' }, y2: { field: 'hi' }, color, description },
          },
          {
            data: { name: 'purchases' },
            mark: { type: 'point', filled: true, size: 40, opacity: 1 },
            encoding: { x, y, color, description },
          },
        ].map((layer) => ({ ...layer, transform: [{ filter: { field: 'panel', equal: panel } }] })),
      },
    })),
    width: alone ? 700 : 290,
    height: alone ? 280 : 200,
    narrow: 270,
    narrowHeight: 200,
    legend: unionLegend(key, rows),
  };
}

function sideRows(key: Key, pair: ComputeComparison, panel: number, side: 'a' | 'b'): Row[] {
  const name = pair[side];
  return thin(pair.budgets.filter((budget) => budget[side] !== null)).map((budget) => ({
    panel,
    union: clean(name),
    flops: budget.flops,
    gain: budget[side]!.mean,
    ...band(budget[side]!),
    tag: tag(key, [name], `${name} for ${flops(budget.flops)}: ${withInterval(budget[side], signed)}`),
  }));
}

/** Between the last budget at which the dearer one is not higher and the first from which on it is. */
function betweenRows(key: Key, pair: ComputeComparison, panel: number): Row[] {
  const { crossover } = pair;
  if (crossover?.after == null || crossover.from === null) return [];
  const said = `${crossover.dearer} is higher from ${crossoverWords(pair)} on`;
  return [{ panel, after: crossover.after, from: crossover.from, tag: tag(key, [pair.a, pair.b], said) }];
}
