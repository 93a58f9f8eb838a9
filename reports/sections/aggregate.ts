import { middleMean, optimalityGap } from '../../harness/stats/aggregate.js';
import type { Figure } from '../../harness/stats/interval.js';
import { mean } from '../../harness/stats/moments.js';
import { wilson } from '../../harness/stats/proportion.js';
import { seedBootstrap } from '../../harness/stats/seed-bootstrap.js';
import { type Group, NOT_NEGATIVE, RATE } from './gather.js';
import type { AlgorithmRow } from '../report/algorithms.js';
import { normalised, type Scores } from './scores.js';

/**
 * Interquartile mean, probability of improvement on the start and optimality gap over seeds; one task, so
 * nothing is stratified.
 */
export function aggregate(scores: Scores, group: Group): AlgorithmRow['aggregate'] {
  const gains = normalised(scores, group);
  const { own, start } = scores.of.get(group.name)!;
  const drawn = new Float64Array(own.length);
  /** The values of these seeds; the same array every time. */
  const at = (values: Float64Array, seeds: Uint32Array): Float64Array => {
    for (let i = 0; i < seeds.length; i++) drawn[i] = values[seeds[i]!]!;
    return drawn;
  };
  const shortfall = gains?.map((score) => optimalityGap([[score]])) ?? null;
  return {
    interquartileMean: gains === null ? null : statistic([gains], (seeds) => middleMean(at(gains, seeds))),
    improvement: own.length === 0 ? null : rate(statistic([own, start], improvement(own, start), RATE)),
    optimalityGap:
      shortfall === null ? null : statistic([shortfall], (seeds) => mean(at(shortfall, seeds)), NOT_NEGATIVE),
  };
}

/** A statistic of resampled seeds, with the interval of its bootstrap inside its bounds. */
function statistic(
  data: readonly Float64Array[],
  of: (seeds: Uint32Array) => number,
  [lo, hi]: readonly [number, number] = [Number.NEGATIVE_INFINITY, Number.POSITIVE_INFINITY],
): Figure {
  const n = data[0]!.length;
  const point = of(Uint32Array.from({ length: n }, (_, i) => i));
  const ci = seedBootstrap(data, n, (seeds) => [of(seeds)])[0]!;
  return { mean: point, ci: ci === null ? null : [Math.max(lo, ci[0]), Math.min(hi, ci[1])], n };
}

/**
 * Where every seed beats every other, there is nothing to resample; Wilson's interval still knows how few
 * they are.
 */
const rate = (figure: Figure): Figure =>
  figure.ci !== null && figure.ci[0] === figure.ci[1]
    ? { ...figure, ci: wilson(figure.mean * figure.n, figure.n) }
    : figure;

/**
 * P(a seed of this one beats a seed of the start), of resampled seeds: the start's are sorted once, and their
 * draws counted up in that order.
 */
function improvement(own: Float64Array, start: Float64Array): (seeds: Uint32Array) => number {
  const n = own.length;
  const order = Uint32Array.from(start.keys()).sort((i, j) => start[i]! - start[j]!);
  const place = new Uint32Array(n);
  order.forEach((i, rank) => (place[i] = rank));
  const below = Uint32Array.from(own, (x) => start.filter((y) => y < x).length);
  const upTo = Uint32Array.from(own, (x) => start.filter((y) => y <= x).length);
  const drawn = new Uint32Array(n + 1); // how many of the draws are among the `rank` lowest
  return (seeds) => {
    drawn.fill(0);
    for (const seed of seeds) drawn[place[seed]! + 1]!++;
    for (let rank = 1; rank <= n; rank++) drawn[rank] = drawn[rank]! + drawn[rank - 1]!;
    let sum = 0;
    for (const seed of seeds) sum += drawn[below[seed]!]! + drawn[upTo[seed]!]!;
    return sum / (2 * n * n);
  };
}
