import type { Place, Space, Trials } from './trials.js';
import { budgetedGain } from './worth.js';

/** Every combination of neighbouring strengths and neighbouring rates. */
export interface Grid {
  readonly strengths: readonly number[];
  readonly rates: readonly number[];
  readonly places: readonly Place[];
}

/**
 * How many strengths and rates make so many configurations: as square as can be, with more strengths than
 * rates where it cannot, since a frontier needs policies at several KL.
 */
export function shapeOf(
  configurations: number,
  { strength, rate }: Space,
): { strengths: number; rates: number } {
  if (rate === null) return { strengths: configurations, rates: 1 };
  if (strength === null) return { strengths: 1, rates: configurations };
  let rates = Math.floor(Math.sqrt(configurations));
  while (configurations % rates !== 0) rates--;
  return { strengths: configurations / rates, rates };
}

/** The grids of that size within what was tried, of which no candidate dropped out. */
export function grids(trials: Trials, space: Space, configurations: number): Grid[] {
  const shape = shapeOf(configurations, space);
  return windows(trials.strengths, shape.strengths).flatMap((strengths) =>
    windows(trials.rates(), shape.rates).flatMap((rates) => {
      const places = strengths.flatMap((strength) => rates.map((rate) => ({ strength, rate })));
      const possible = places.every((place) => trials.exists(place) && !trials.dropped(place));
      return possible ? [{ strengths, rates, places }] : [];
    }),
  );
}

/**
 * The grid whose policies together gain most (`budgetedGain`); among equals, which share the policies of
 * their frontier, the one whose policies gain most one by one. Candidates not seen at their end add nothing.
 */
export function mostGaining(candidates: readonly Grid[], trials: Trials, maxKl: number): Grid | null {
  let most: { readonly grid: Grid; readonly together: number; readonly apart: number } | null = null;
  for (const grid of candidates) {
    const points = grid.places.flatMap((place) => trials.point(place) ?? []);
    if (points.length === 0) continue;
    const together = budgetedGain(points, maxKl);
    const apart = grid.places.reduce((sum, place) => sum + (trials.worth(place) ?? 0), 0);
    const better =
      most === null || together > most.together || (together === most.together && apart > most.apart);
    if (better) most = { grid, together, apart };
  }
  return most?.grid ?? null;
}

/** Runs of `length` neighbours in a rising list of whole numbers. */
function windows(values: readonly number[], length: number): number[][] {
  const out: number[][] = [];
  for (let at = 0; at + length <= values.length; at++) {
    const window = values.slice(at, at + length);
    if (window.at(-1)! - window[0]! === length - 1) out.push(window);
  }
  return out;
}
