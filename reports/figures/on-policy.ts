import type { Figure } from '../../harness/stats/interval.js';
import type { RewardOnPolicy } from '../report/answer.js';
import { number, percent, withInterval } from '../report/format.js';
import type { Report } from '../report/model.js';
import type { Plan, Row } from './draw.js';
import { KL_AXIS } from './frontier.js';
import { colour, identity, type Key, legendOf, tag } from './key.js';
import { band } from './values.js';

interface Measure {
  readonly title: string;
  readonly format: (x: number) => string;
  of(row: RewardOnPolicy): Figure | null;
}

const MEASURES: readonly Measure[] = [
  { title: 'proxy ranks as gold', format: percent, of: (r) => r.accuracy },
  { title: 'proxy against chooser: disagreement', format: percent, of: (r) => r.disagreement },
  { title: 'entropy, nats', format: (x) => number(x), of: (r) => r.entropy ?? null },
  { title: 'distinct-2', format: percent, of: (r) => r.distinct2 ?? null },
  { title: 'length, tokens', format: (x) => number(x), of: (r) => r.length },
];

/** How far a learned reward can be trusted on what the policies themselves write, by their KL. */
export function onPolicy(report: Report, key: Key): Plan | null {
  const drawn = report.rewardsOnPolicies.filter(({ name }) => key.drawn.has(name) || key.family(name) < 0);
  const shown = MEASURES.filter(({ of }) => new Set(drawn.flatMap((r) => of(r)?.mean ?? [])).size > 1);
  const rows = shown.flatMap((measure, panel) => drawn.flatMap((row) => pointRows(key, row, measure, panel)));
  if (rows.length === 0) return null;
  const x = { field: 'kl', type: 'quantitative', title: KL_AXIS, axis: { tickCount: 4 } };
  const y = { field: 'value', type: 'quantitative', title: null, scale: { zero: false } };
  const shared = { x, color: colour(key), description: { field: 'tag' } };
  return {
    id: 'on-policy',
    title: 'Rewards and policies, by KL',
    reading:
      'Each dot is a configuration on its own samples with its 95 % interval; where the share that the ' +
      'proxy ranks as the gold reward falls with KL, optimising it further stops paying.',
    note: key.leftOut,
    data: { policies: rows },
    panels: shown.map(({ title }, panel) => ({
      title,
      spec: {
        data: { name: 'policies' },
        transform: [{ filter: { field: 'panel', equal: panel } }],
        layer: [
          {
            mark: { type: 'rule', strokeWidth: 1, opacity: 0.6 },
            encoding: { ...shared, y: { ...y, field: 'lo' }, y2: { field: 'hi' } },
          },
          { mark: { type: 'point', filled: true, size: 40, opacity: 1 }, encoding: { ...shared, y } },
        ],
      },
    })),
    width: 280,
    height: 150,
    legend: legendOf(key, rows),
  };
}

function pointRows(key: Key, row: RewardOnPolicy, { title, format, of }: Measure, panel: number): Row[] {
  const value = of(row);
  if (value === null || row.kl === null) return [];
  const said = `${row.name} at ${number(row.kl.mean)} nats: ${title} ${withInterval(value, format)}`;
  return [
    {
      panel,
      measure: title,
      ...identity(key, row.name),
      kl: row.kl.mean,
      value: value.mean,
      ...band(value),
      tag: tag(key, [row.name], said),
    },
  ];
}
