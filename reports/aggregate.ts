import { interquartileMean, optimalityGap, probabilityOfImprovement } from '../harness/stats/aggregate.js';
import type { Figure } from '../harness/stats/interval.js';
import { wilson } from '../harness/stats/proportion.js';
import { seedBootstrap } from '../harness/stats/seed-bootstrap.js';
import { type Group, NOT_NEGATIVE, RATE } from './gather.js';
import type { AlgorithmRow } from './model.js';
import { normalised, type Scores } from './scores.js';

/** Interquartile mean, probability of improvement on the start and optimality gap over seeds; one task, so nothing is stratified. */
export function aggregate(scores: Scores, group: Group): AlgorithmRow['aggregate'] {
  const x = normalised(scores, group);
  const { own, start } = scores.of.get(group.name)!;
  return {
    interquartileMean: x === null ? null : statistic([x], (s) => interquartileMean([Array.from(s, (i) => x[i]!)])),
    improvement: own.length === 0 ? null : rate(statistic([own, start], improvement(own, start), RATE)),
    optimalityGap: x === null ? null : statistic([x], (s) => optimalityGap([Array.from(s, (i) => x[i]!)]), NOT_NEGATIVE),
  };
}

function statistic(data: readonly Float64Array[], of: (seeds: Uint32Array) => number, [lo, hi]: readonly [number, number] = [Number.NEGATIVE_INFINITY, Number.POSITIVE_INFINITY]): Figure {
  const n = data[0]!.length;
  const mean = of(Uint32Array.from({ length: n }, (_, i) => i));
  const ci = seedBootstrap(data, n, (seeds) => [of(seeds)])[0]!;
  return { mean, ci: ci === null ? null : [Math.max(lo, ci[0]), Math.min(hi, ci[1])], n };
}

/** Where every seed beats every other there is nothing to resample; Wilson's interval still knows how few seeds they are. */
const rate = (figure: Figure): Figure => (figure.ci !== null && figure.ci[0] === figure.ci[1] ? { ...figure, ci: wilson(figure.mean * figure.n, figure.n) } : figure);

/** `probabilityOfImprovement` of resampled seeds, every comparison made once. */
function improvement(own: Float64Array, start: Float64Array): (seeds: Uint32Array) => number {
  const n = own.length;
  const won = Float64Array.from({ length: n * n }, (_, at) => probabilityOfImprovement([[own[Math.floor(at / n)]!]], [[start[at % n]!]]));
  return (seeds) => {
    let sum = 0;
    for (const i of seeds) for (const j of seeds) sum += won[i * n + j]!;
    return sum / (n * n);
  };
}
