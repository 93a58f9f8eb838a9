import type { Grid } from '../../../harness/tune/grid.js';
import { type Allowance, type Found, type Request, search } from '../../../harness/tune/search.js';
import type { Place, Result, Space } from '../../../harness/tune/trials.js';

/** Both axes, without bounds: values are powers of 4 and 2. */
export const anywhere: Space = {
  strength: { parameter: 'beta', at: (i) => 4 ** i },
  rate: { parameter: 'learningRate', at: (i) => 2 ** i },
};

export const allowance: Allowance = { configurations: 4, strengths: 3, rates: 7, further: 12, maxKl: 8 };

/** KL and gain of a candidate at a share of its schedule; null where it diverges. */
export type Surface = (place: Place, share: number) => { kl: number; gain: number } | null;

/** Holds the conversation with a search: what it found and what it asked. */
export function answered(
  surface: Surface,
  given: Partial<Allowance> = {},
  space: Space = anywhere,
): Found & { readonly asked: readonly Request[] } {
  const asked: Request[] = [];
  const running = search(space, { ...allowance, ...given });
  for (let { done, value } = running.next(); ; ) {
    if (done === true) return { ...(value as Found), asked };
    const request = value as Request;
    asked.push(request);
    const results = request.places.map((place): Result => {
      const point = surface(place, request.share);
      return point === null ? { dropped: 'diverged' } : { dropped: null, reward: point.gain, ...point };
    });
    ({ done, value } = running.next(results));
  }
}

export const has = (grid: Grid | null, { strength, rate }: Place): boolean =>
  grid!.places.some((place) => place.strength === strength && place.rate === rate);
