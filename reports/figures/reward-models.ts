import { clean } from '../report/escape.js';
import { withInterval } from '../report/format.js';
import type { Report } from '../report/model.js';
import { rewardMeasures } from '../report/reward-figures.js';
import type { Plan, Row } from './draw.js';
import { type Key, tag } from './key.js';
import { band } from './values.js';

/** Figures of reward models drawn at most; the table has all. */
const MAX_MEASURES = 18;

/** One panel for each figure that reward models report, on its own scale. */
export function rewardModels(report: Report, key: Key): Plan | null {
  const measures = rewardMeasures(report.rewardModels);
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
