import { clean } from '../report/escape.js';
import { flops, withInterval } from '../report/format.js';
import type { Report } from '../report/model.js';
import type { StageCost } from '../report/parts.js';
import type { Plan, Row } from './draw.js';
import { colourOf, type Key, tag } from './key.js';
import { band } from './values.js';

/** Palette indices of the stages: far from one another, and not in the order of the families. */
const STAGES = [0, 4, 5, 3, 2, 1, 6] as const;

/** Where each configuration's compute went. */
export function ledger(report: Report, key: Key): Plan | null {
  const drawn = report.algorithms.filter(({ name }) => key.drawn.has(name));
  const rows = drawn.flatMap(({ name, compute }) =>
    compute.stages.flatMap((cost) => stageRows(key, name, cost)),
  );
  if (rows.length === 0) return null;
  const stages = [...new Set(rows.map((r) => String(r['stage'])))];
  const colours = stages.map((_, i) => STAGES[i % STAGES.length]!);
  return {
    id: 'ledger',
    title: 'What training cost',
    reading:
      'Floating-point operations counted from the traced graphs, mean over seeds, stage beside stage; a ' +
      'reward model is charged to the algorithms that use it, evaluation and shared stages are left ' +
      'out.',
    note: key.leftOut,
    data: { ledger: rows },
    panels: [
      {
        spec: {
          data: { name: 'ledger' },
          height: { step: 26 },
          mark: { type: 'bar', height: { band: 0.7 } },
          encoding: {
            y: { field: 'name', type: 'nominal', sort: null, title: null },
            x: { field: 'flops', type: 'quantitative', title: 'FLOPs', axis: { format: '~s' } },
            color: {
              field: 'stage',
              type: 'nominal',
              sort: null,
              title: null,
              scale: { domain: stages, range: colours.map(colourOf) },
            },
            description: { field: 'tag' },
          },
        },
      },
    ],
    width: 400,
    height: 200,
    narrow: 170,
    legend: stages.map((name, i) => ({ name, colour: colours[i]!, family: null })),
  };
}

/** None where a cost is not known. */
function stageRows(key: Key, name: string, { stage, flops: cost }: StageCost): Row[] {
  if (cost === null) return [];
  const said = tag(key, [name], `${name}, ${stage}: ${withInterval(cost, flops)}`);
  return [{ name: clean(name), stage: clean(stage), flops: cost.mean, ...band(cost), tag: said }];
}
