import { number, withInterval } from '../report/format.js';
import type { Figure } from '../../harness/stats/interval.js';
import type { Report } from '../report/model.js';
import { INK, type Plan, type Row } from './draw.js';
import { colour, type Key, legendOf, tag, thin, thinned, MAX_POINTS, who } from './key.js';

export const KL_AXIS = 'KL from the start, nats';
export const band = (f: Figure): { lo: number; hi: number } => ({ lo: f.ci?.[0] ?? f.mean, hi: f.ci?.[1] ?? f.mean });

/** Gold reward against KL: the one figure that says which algorithm does more with its distance from the start. */
export function frontier(report: Report, key: Key): Plan | null {
  const bands = report.families.flatMap((f) => thin(f.frontier).map((p): Row => ({ ...who(key, f.name), kl: p.kl, gold: p.goldReward.mean, ...band(p.goldReward), tag: tag(key, [f.name], `${f.name} at ${number(p.kl)} nats: gold reward ${withInterval(p.goldReward)}`) })));
  const traced = report.curves.filter((p) => p.kl !== null && p.goldReward !== null && key.drawn.has(p.name));
  const curves = [...key.drawn].flatMap((name) => thin(traced.filter((p) => p.name === name)).map((p): Row => ({ ...who(key, name), step: p.step, kl: p.kl, gold: p.goldReward, tag: tag(key, [name], `${name} while training`) })));
  const finals = report.algorithms.flatMap((a): Row[] => {
    if (a.kl.sequence === null || a.goldReward === null || !key.drawn.has(a.name)) return [];
    return [{ ...who(key, a.name), kl: a.kl.sequence.mean, gold: a.goldReward.mean, ...band(a.goldReward), tag: tag(key, [a.name], `${a.name}, final: gold reward ${withInterval(a.goldReward)} at ${withInterval(a.kl.sequence)} nats`) }];
  });
  if (bands.length + curves.length + finals.length === 0) return null;
  const start = report.reference?.goldReward;
  const x = { field: 'kl', type: 'quantitative', title: KL_AXIS };
  const y = { field: 'gold', type: 'quantitative', title: 'gold reward', scale: { zero: false } };
  const ends = { y: { ...y, field: 'lo' }, y2: { field: 'hi' } };
  const description = { field: 'tag' };
  return {
    id: 'frontier',
    title: 'Frontiers',
    reading: `Higher at the same KL is better: ${[
      bands.length > 0 ? 'thick lines are each family’s best at that KL with its 95 % band over seeds' : '',
      curves.length > 0 ? 'thin lines are configurations as they train' : '',
      finals.length > 0 ? 'large marks are the final policies on test prompts with 95 % intervals' : '',
      start == null ? '' : 'the dashed line is the start',
    ].filter(Boolean).join(', ')}.`,
    note: [key.left, traced.length > curves.length || report.families.some((f) => f.frontier.length > MAX_POINTS) ? thinned() : ''].filter(Boolean).join(' '),
    data: { frontier: bands, training: curves, final: finals, start: start == null ? [] : [{ name: 'start', gold: start.mean }] },
    panels: [
      {
        spec: {
          layer: [
            { data: { name: 'start' }, mark: { type: 'rule', strokeDash: [4, 4], color: INK, opacity: 0.5 }, encoding: { y } },
            { data: { name: 'training' }, mark: { type: 'line', strokeWidth: 1.4, opacity: 0.65 }, encoding: { x, y, order: { field: 'step' }, detail: { field: 'name' }, color: colour(key), description } },
            { data: { name: 'frontier' }, mark: { type: 'area', opacity: 0.16 }, encoding: { x, ...ends, color: colour(key), description } },
            { data: { name: 'frontier' }, mark: { type: 'line', strokeWidth: 2.5 }, encoding: { x, y, color: colour(key), description } },
            { data: { name: 'frontier' }, mark: { type: 'point', filled: true, size: 12 }, encoding: { x, y, color: colour(key), description } },
            { data: { name: 'final' }, mark: { type: 'rule', strokeWidth: 2 }, encoding: { x, ...ends, color: colour(key), description } },
            { data: { name: 'final' }, mark: { type: 'point', filled: true, size: 100, opacity: 1 }, encoding: { x, y, color: colour(key), description } },
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
