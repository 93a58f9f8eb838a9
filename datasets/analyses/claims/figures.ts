import type { FigureRow } from '../../../harness/analysis.js';

/** One mark of a scatter: a run, or a run of one seed. */
export interface Mark {
  readonly name: string;
  readonly seed: number;
  readonly x: number;
  readonly y: number;
}

/** Every run as a point, a line through each seed of each name. Null without a point. */
export function scatter(id: string, title: string, reading: string, axes: { readonly x: string; readonly y: string; readonly logX?: boolean }, marks: readonly Mark[]): FigureRow | null {
  if (marks.length === 0) return null;
  return {
    type: 'figure',
    id,
    title,
    reading,
    spec: {
      data: { values: marks },
      mark: { type: 'line', strokeWidth: 1.2, opacity: 0.7, point: { filled: true, size: 28 } },
      encoding: {
        x: { field: 'x', type: 'quantitative', title: axes.x, scale: axes.logX === true ? { type: 'log' } : { zero: false } },
        y: { field: 'y', type: 'quantitative', title: axes.y, scale: { zero: false } },
        color: { field: 'name', type: 'nominal' },
        detail: { field: 'seed' },
        order: { field: 'x' },
      },
    },
  };
}
