import { central } from './axis.js';
import { type Grid, grids, mostGaining, shapeOf } from './grid.js';
import { shares, survivors } from './halving.js';
import { type Place, type Result, type Space, Trials } from './trials.js';

/** How much every family may try: the same for all. */
export interface Allowance {
  /** Configurations of the grid that is looked for. */
  readonly configurations: number;
  /** Strengths and rates that a family begins with; one axis alone gets as many values as there are rates. */
  readonly strengths: number;
  readonly rates: number;
  /** Candidates at their whole schedule beyond those that the halving leaves. */
  readonly further: number;
  /** Largest KL budget that counts, nats. */
  readonly maxKl: number;
}

/** Candidates to be tried at a share of their schedule. */
export interface Request {
  readonly share: number;
  readonly places: readonly Place[];
}

/** What a family's search comes to. */
export interface Found {
  readonly trials: Trials;
  /** Null where no grid has all its candidates at the end of their schedule. */
  readonly grid: Grid | null;
}

/** Strengths that may be tried beyond the first ones, on either side. */
const BEYOND = 2;

/**
 * The search of one family, as a conversation: it asks for candidates and is told how they fared, in their
 * order. Nothing else decides what it asks, so that equal answers lead to equal questions.
 */
export function* search(space: Space, allowance: Allowance): Generator<Request, Found, readonly Result[]> {
  const trials = new Trials(space, allowance.maxKl);
  const tryAll = function* (
    share: number,
    places: readonly Place[],
  ): Generator<Request, void, readonly Result[]> {
    if (places.length === 0) return;
    const results = yield { share, places };
    for (const [i, place] of places.entries()) trials.add(place, share, results[i]!);
  };
  const first = beginning(space, allowance);
  let alive = first;
  for (const share of shares(space.rate === null ? 1 : Math.max(...alive.map(({ rates }) => rates.length)))) {
    yield* tryAll(
      share,
      alive.flatMap(({ strength, rates }) => rates.map((rate) => ({ strength, rate }))),
    );
    if (share < 1) alive = survivors(alive, trials, share);
  }
  const edges = { least: first[0]!.strength - BEYOND, most: first.at(-1)!.strength + BEYOND };
  let left = allowance.further;
  for (let wanted = next(trials, space, edges); wanted.length > 0 && left > 0; ) {
    const taken = wanted.slice(0, left);
    left -= taken.length;
    yield* tryAll(1, taken);
    wanted = next(trials, space, edges);
  }
  // A grid is proposed only after each of its configurations has been seen at its end.
  const { configurations, maxKl } = allowance;
  let grid = mostGaining(grids(trials, space, configurations), trials, maxKl);
  for (let open = unseen(grid, trials); open.length > 0; open = unseen(grid, trials)) {
    yield* tryAll(1, open);
    grid = mostGaining(grids(trials, space, configurations), trials, maxKl);
  }
  return { trials, grid };
}

/** Rates that are tried at each of the first strengths. */
function beginning(
  space: Space,
  { configurations, strengths, rates }: Allowance,
): { readonly strength: number; readonly rates: readonly number[] }[] {
  const { strength, rate } = space;
  const shape = shapeOf(configurations, space);
  const first = strength !== null && rate !== null ? strengths : rates;
  const rows = strength === null ? [0] : central(strength, Math.max(first, shape.strengths));
  const columns = rate === null ? [0] : central(rate, Math.max(rates, shape.rates));
  return rows.map((row) => ({ strength: row, rates: columns }));
}

/** What would tell whether the best lies inside of what was tried: its neighbours, rates before strengths. */
function next(
  trials: Trials,
  space: Space,
  edges: { readonly least: number; readonly most: number },
): readonly Place[] {
  if (space.rate !== null) {
    // The strength that is worth most comes first, where the allowance does not last for all.
    const worthOf = (strength: number): number => {
      const best = trials.best(strength);
      return best === null ? Number.NEGATIVE_INFINITY : trials.worth(best)!;
    };
    const order = trials.strengths.toSorted((a, b) => Math.sign(worthOf(b) - worthOf(a)) || 0);
    const neighbours = order.flatMap((strength) => aroundBest(strength, trials));
    if (neighbours.length > 0) return neighbours;
  }
  return space.strength === null ? [] : beyondBest(trials, edges);
}

/** The open rates beside the best of a strength; a lower one where none came to its end. */
function aroundBest(strength: number, trials: Trials): readonly Place[] {
  const best = trials.best(strength);
  const lowest = trials.rates(strength)[0]!;
  const rates = best === null ? [lowest - 1] : [best.rate - 1, best.rate + 1];
  return rates.map((rate) => ({ strength, rate })).filter((place) => trials.open(place));
}

/** The strength beyond the best one where that is the last that was tried, at the rates about its best. */
function beyondBest(
  trials: Trials,
  { least, most }: { readonly least: number; readonly most: number },
): readonly Place[] {
  const { strengths } = trials;
  const bests = strengths.map((strength) => trials.best(strength)).filter((best) => best !== null);
  const best = trials.most(bests);
  if (best === null) return [];
  const outward: number[] = [];
  if (best.strength === strengths[0]) outward.push(best.strength - 1);
  if (best.strength === strengths.at(-1)) outward.push(best.strength + 1);
  return outward
    .filter((strength) => strength >= least && strength <= most)
    .flatMap((strength) => [0, -1, 1].map((step) => ({ strength, rate: best.rate + step })))
    .filter((place) => trials.open(place));
}

const unseen = (grid: Grid | null, trials: Trials): readonly Place[] =>
  grid === null ? [] : grid.places.filter((place) => trials.open(place));
