import type { Ladder } from '../report/answer.js';
import { clean } from '../report/escape.js';
import { number, signed, withInterval } from '../report/format.js';
import type { Report } from '../report/model.js';
import type { Plan, Row } from './draw.js';
import { type Key, tag } from './key.js';
import { INK } from './svg.js';
import { around, band } from './values.js';

/** What parts offline from RL, one change at a time: each bar begins where the one above it ends. */
export function ladder({ ladder: found }: Report, key: Key): Plan | null {
  const rows = found === null ? [] : barRows(key, found);
  if (found === null || rows.length === 0) return null;
  const values = rows.flatMap((row) => ['from', 'to', 'lo', 'hi'].map((field) => Number(row[field])));
  const x = {
    type: 'quantitative',
    title: 'gold reward above the start',
    scale: { domain: around(values), nice: false },
  };
  const y = {
    field: 'label',
    type: 'nominal',
    sort: null,
    title: null,
    axis: { labelLimit: 320, grid: false },
  };
  const description = { field: 'tag' };
  const color = {
    field: 'sign',
    type: 'nominal',
    title: null,
    scale: { domain: SIGNS, range: ['#7F7F7F', '#009E73', '#D55E00'] },
  };
  return {
    id: 'ladder',
    title: 'From offline to RL, one change at a time',
    reading:
      `Grey bars are whole gains, mean over KL budgets up to ${number(found.budget)} nats; green and red ` +
      'ones are what a single change adds or takes, each from where the bar above ends, with 95 % ' +
      'intervals of the change.',
    data: { ladder: rows },
    panels: [
      {
        spec: {
          data: { name: 'ladder' },
          height: { step: 34 },
          layer: [
            {
              data: { values: [{ zero: 0 }] },
              mark: { type: 'rule', color: INK, opacity: 0.6 },
              encoding: { x: { ...x, field: 'zero' } },
            },
            {
              mark: { type: 'bar', height: { band: 0.6 }, opacity: 0.85 },
              encoding: { x: { ...x, field: 'from' }, x2: { field: 'to' }, y, color, description },
            },
            {
              mark: { type: 'rule', strokeWidth: 2, color: INK },
              encoding: { x: { ...x, field: 'lo' }, x2: { field: 'hi' }, y, description },
            },
          ],
        },
      },
    ],
    width: 640,
    height: 200,
    narrow: 150,
    legend: [],
  };
}

const SIGNS = ['whole', 'adds', 'takes'] as const;

/** The first rung, every step, the last rung. */
function barRows(key: Key, { rungs, steps }: Ladder): Row[] {
  const [first, last] = [rungs[0], rungs.at(-1)];
  if (first?.value == null || last?.value == null) return [];
  const whole = ({ rung, family, value }: Ladder['rungs'][number]): Row => {
    const name = family === null ? rung : `${rung} (${family})`;
    return {
      label: clean(name),
      sign: 'whole',
      from: 0,
      to: value!.mean,
      ...band(value!),
      tag: tag(key, [family ?? rung], `${name}: ${withInterval(value, signed)}`),
    };
  };
  let at = first.value.mean;
  const changes = steps.flatMap(({ from, to, what, difference }): Row[] => {
    if (difference === null) return [];
    const begins = at;
    at += difference.mean;
    const { lo, hi } = band(difference);
    return [
      {
        label: clean(what),
        sign: difference.mean < 0 ? 'takes' : 'adds',
        from: begins,
        to: at,
        lo: begins + lo,
        hi: begins + hi,
        tag: tag(key, familiesOf(rungs, [from, to]), `${what}: ${withInterval(difference, signed)}`),
      },
    ];
  });
  return [whole(first), ...changes, whole(last)];
}

const familiesOf = (rungs: Ladder['rungs'], names: readonly string[]): string[] =>
  rungs.filter(({ rung }) => names.includes(rung)).map(({ rung, family }) => family ?? rung);
