import type { FigureRow } from '../../harness/contracts/analysis.js';
import { intervalOf } from '../../harness/stats/interval.js';
import { gridOf, linearAt, sharedRange } from '../../harness/stats/piecewise.js';
import type { Seed } from './runs.js';

/** One mark of a scatter: a run, or a run of one seed. */
export interface Mark {
  readonly name: string;
  readonly seed: number;
  readonly x: number;
  readonly y: number;
}

export const KL_AXIS = 'KL(policy ‖ start), nats';

interface Place {
  readonly x: number;
  readonly y: number;
}

/** The marks of named series: what each of them says of a seed. */
export const marksOf = (
  seeds: readonly Seed[],
  series: Readonly<Record<string, (seed: Seed) => readonly Place[]>>,
): Mark[] =>
  seeds.flatMap((seed) =>
    Object.entries(series).flatMap(([name, placesOf]) =>
      placesOf(seed).map(({ x, y }) => ({ name, seed: seed.seed, x, y })),
    ),
  );

interface Axes {
  readonly x: string;
  readonly y: string;
  readonly logX?: boolean;
}

/**
 * A thin line through each seed of each name; over them, where several seeds share a range, their mean with
 * its 95 % interval. Null without a mark.
 */
export function scatter(
  id: string,
  title: string,
  reading: string,
  axes: Axes,
  marks: readonly Mark[],
): FigureRow | null {
  if (marks.length === 0) return null;
  const means = [...new Set(marks.map(({ name }) => name))].flatMap((name) => {
    const own = marks.filter((mark) => mark.name === name);
    return meanLine(own, axes.logX === true).map((point) => ({ name, ...point }));
  });
  return {
    type: 'figure',
    id,
    title,
    reading: means.length > 0 ? `${reading} Bold: mean over seeds with its 95% interval.` : reading,
    spec: {
      data: {
        values: [
          ...marks.map((mark) => ({ of: 'seed', ...mark })),
          ...means.map((mark) => ({ of: 'mean', ...mark })),
        ],
      },
      encoding: {
        x: {
          field: 'x',
          type: 'quantitative',
          title: axes.x,
          scale: axes.logX === true ? { type: 'log', nice: false } : { zero: false },
        },
        color: { field: 'name', type: 'nominal', legend: { symbolOpacity: 1 } },
      },
      layer: [seedLayer(axes.y, means.length > 0), ...(means.length > 0 ? meanLayers() : [])],
    },
  };
}

const only = (kind: 'seed' | 'mean') => [{ filter: `datum.of === '${kind}'` }];

/** A line a seed. @param behind fainter, since their mean is drawn over them */
function seedLayer(title: string, behind: boolean): object {
  return {
    transform: only('seed'),
    mark: {
      type: 'line',
      strokeWidth: behind ? 0.7 : 1.2,
      opacity: behind ? 0.35 : 0.7,
      point: { filled: true, size: behind ? 9 : 28, opacity: behind ? 0.4 : 0.8 },
    },
    encoding: {
      y: { field: 'y', type: 'quantitative', title, scale: { zero: false } },
      detail: { field: 'seed' },
      order: { field: 'x' },
    },
  };
}

/** The interval as a band, and the mean over it. */
const meanLayers = (): object[] => [
  {
    transform: only('mean'),
    mark: { type: 'area', opacity: 0.18 },
    encoding: { y: { field: 'lo', type: 'quantitative' }, y2: { field: 'hi' } },
  },
  {
    transform: only('mean'),
    mark: { type: 'line', strokeWidth: 2.4 },
    encoding: { y: { field: 'y', type: 'quantitative' }, order: { field: 'x' } },
  },
];

/** Points of a mean line where seeds have no places in common. */
const GRID = 24;

interface MeanPoint extends Place {
  readonly lo: number;
  readonly hi: number;
}

/**
 * Mean over seeds where all of them are: at their own places if these are the same, else on a grid, linear
 * between a seed's marks.
 */
function meanLine(marks: readonly Mark[], logX: boolean): MeanPoint[] {
  const lines = [...new Set(marks.map(({ seed }) => seed))].map((seed) =>
    marks.filter((mark) => mark.seed === seed).toSorted((a, b) => a.x - b.x),
  );
  if (lines.length < 2) return [];
  const { warp, back } = spacing(marks, logX);
  const warped = lines.map((line) => line.map(({ x }) => warp(x)));
  const own = lines[0]!.map(({ x }) => x);
  const same = lines.every((line) => line.length === own.length && line.every(({ x }, i) => x === own[i]));
  const range = sharedRange(warped);
  if (!same && range === null) return [];
  const places = same ? warped[0]! : gridOf(range!, GRID);
  return places.flatMap((place, i) => {
    const values = lines.map(
      (line, seed) =>
        linearAt(
          warped[seed]!,
          line.map(({ y }) => y),
          place,
        )!,
    );
    const interval = intervalOf(values);
    if (interval?.ci == null) return [];
    const [lo, hi] = interval.ci;
    return [{ x: same ? own[i]! : back(place), y: interval.mean, lo, hi }];
  });
}

/**
 * How a line is spaced: by log x on a log axis, by sqrt(x) where x cannot be negative (as frontiers are
 * read), else by x.
 */
function spacing(
  marks: readonly Mark[],
  logX: boolean,
): { readonly warp: (x: number) => number; readonly back: (x: number) => number } {
  if (logX) return { warp: Math.log, back: Math.exp };
  if (marks.some(({ x }) => x < 0)) return { warp: (x) => x, back: (x) => x };
  return { warp: Math.sqrt, back: (x) => x * x };
}
