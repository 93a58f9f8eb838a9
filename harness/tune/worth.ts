/** A policy on validation prompts. */
export interface Point {
  /** KL from the start, nats. */
  readonly kl: number;
  /** Reward above the start's, by what chooses. */
  readonly gain: number;
}

/**
 * What a family of policies gains on average over the KL budgets from 0 to `maxKl`: the mean of its budgeted
 * frontier, the least concave function that is 0 at KL 0 and at least `gain` at the KL of every policy. (A
 * mixture that draws its policy for each completion has a gain linear in the weights and a KL at most linear
 * in them, because KL is convex; so the frontier is reached by mixtures of two policies and never falls.)
 * @returns at least 0, which is what the start itself gains
 */
export function budgetedGain(points: readonly Point[], maxKl: number): number {
  const frontier = concaveHull(points);
  const [first, ...rest] = frontier;
  let area = 0;
  let from = first!;
  for (const to of rest) {
    if (from.kl >= maxKl) break;
    const end = Math.min(to.kl, maxKl);
    const atEnd = from.gain + ((to.gain - from.gain) * (end - from.kl)) / (to.kl - from.kl);
    area += ((from.gain + atEnd) / 2) * (end - from.kl);
    from = to;
  }
  return (area + from.gain * Math.max(0, maxKl - from.kl)) / maxKl;
}

/**
 * What one policy is worth, to put policies in order: `budgetedGain` of it alone, which is its gain less what
 * it spends of the budget, and its loss where it is worse than the start.
 */
export const worth = (point: Point, maxKl: number): number =>
  point.gain > 0 ? budgetedGain([point], maxKl) : point.gain;

/** Corners of the frontier from the start on, KL and gain rising (Andrew 1979, the upper chain alone). */
function concaveHull(points: readonly Point[]): Point[] {
  const sorted = [...points].sort((a, b) => a.kl - b.kl || b.gain - a.gain);
  const hull: Point[] = [{ kl: 0, gain: 0 }];
  for (const { kl, gain } of sorted) {
    const point = { kl: Math.max(kl, 0), gain };
    if (gain <= hull.at(-1)!.gain) continue;
    while (hull.length > 1 && slope(hull.at(-2)!, hull.at(-1)!) <= slope(hull.at(-2)!, point)) hull.pop();
    // No KL at all: the start is left for it at once.
    if (point.kl === hull.at(-1)!.kl) hull.pop();
    hull.push(point);
  }
  return hull;
}

const slope = (a: Point, b: Point): number => (b.gain - a.gain) / (b.kl - a.kl);
