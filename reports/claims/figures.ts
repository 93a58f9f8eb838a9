import type { FigureRow } from '../../harness/contracts/analysis.js';
import { seedInterval } from '../../harness/stats/interval.js';
import { gridOf, locate } from '../../harness/stats/piecewise.js';

/** One mark of a scatter: a run, or a run of one seed. */
export interface Mark {
  readonly name: string;
  readonly seed: number;
  readonly x: number;
  readonly y: number;
}

/**
 * A thin line through each seed of each name; over them, where several seeds share a range, their mean with its 95 % interval.
 * Null without a mark.
 */
export function scatter(id: string, title: string, reading: string, axes: { readonly x: string; readonly y: string; readonly logX?: boolean }, marks: readonly Mark[]): FigureRow | null {
  if (marks.length === 0) return null;
  const means = [...new Set(marks.map((m) => m.name))].flatMap((name) => meanLine(marks.filter((m) => m.name === name), axes.logX === true).map((point) => ({ name, ...point })));
  const some = means.length > 0;
  const of = (kind: string) => [{ filter: `datum.of === '${kind}'` }];
  return {
    type: 'figure',
    id,
    title,
    reading: some ? `${reading} Bold: mean over seeds with its 95% interval.` : reading,
    spec: {
      data: { values: [...marks.map((m) => ({ of: 'seed', ...m })), ...means.map((m) => ({ of: 'mean', ...m }))] },
      encoding: {
        x: { field: 'x', type: 'quantitative', title: axes.x, scale: axes.logX === true ? { type: 'log', nice: false } : { zero: false } },
        color: { field: 'name', type: 'nominal', legend: { symbolOpacity: 1 } },
      },
      layer: [
        { transform: of('seed'), mark: { type: 'line', strokeWidth: some ? 0.7 : 1.2, opacity: some ? 0.35 : 0.7, point: { filled: true, size: some ? 9 : 28, opacity: some ? 0.4 : 0.8 } }, encoding: { y: { field: 'y', type: 'quantitative', title: axes.y, scale: { zero: false } }, detail: { field: 'seed' }, order: { field: 'x' } } },
        ...(some
          ? [
              { transform: of('mean'), mark: { type: 'area', opacity: 0.18 }, encoding: { y: { field: 'lo', type: 'quantitative' }, y2: { field: 'hi' } } },
              { transform: of('mean'), mark: { type: 'line', strokeWidth: 2.4 }, encoding: { y: { field: 'y', type: 'quantitative' }, order: { field: 'x' } } },
            ]
          : []),
      ],
    },
  };
}

const GRID = 24;

/** Mean over seeds where all of them are: at their own places if these are the same, else on a grid, linear between a seed's marks. */
function meanLine(marks: readonly Mark[], logX: boolean): { x: number; y: number; lo: number; hi: number }[] {
  const bySeed = [...new Set(marks.map((m) => m.seed))].map((seed) => marks.filter((m) => m.seed === seed).toSorted((a, b) => a.x - b.x));
  if (bySeed.length < 2) return [];
  // Along sqrt(KL) where x cannot be negative, as frontiers are read.
  const [warp, back] = logX ? [Math.log, Math.exp] : marks.some((m) => m.x < 0) ? [(x: number) => x, (x: number) => x] : [Math.sqrt, (x: number) => x * x];
  const own = bySeed[0]!.map((m) => m.x);
  const same = bySeed.every((line) => line.length === own.length && line.every((m, i) => m.x === own[i]));
  const [lo, hi] = [Math.max(...bySeed.map((line) => warp(line[0]!.x))), Math.min(...bySeed.map((line) => warp(line.at(-1)!.x)))];
  if (!same && !(hi > lo)) return [];
  const at = same ? own.map(warp) : gridOf([lo, hi], GRID);
  return at.flatMap((w, i) => {
    const values = bySeed.map((line) => {
      const { from, to, share } = locate(line.map((m) => warp(m.x)), w)!;
      return line[from]!.y + share * (line[to]!.y - line[from]!.y);
    });
    const ci = seedInterval(values.map((y) => Float64Array.of(y)));
    return ci?.ci == null ? [] : [{ x: same ? own[i]! : back(w), y: ci.mean, lo: ci.ci[0], hi: ci.ci[1] }];
  });
}
