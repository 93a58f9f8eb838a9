import { Rng } from '../../../dist/harness/rng.js';
import { median } from '../../../dist/test/bench/comparison.js';

export { median };
export const sum = (xs) => xs.reduce((a, b) => a + b, 0);
export const geometricMean = (xs) => Math.exp(sum(xs.map(Math.log)) / xs.length);
const DRAWS = 2000;

/**
 * Their time over ours over rounds that were interleaved, with a 95 % interval from resampling rounds.
 * @param statistic of [theirs, ours], an array a round each
 */
export function pairedRatio(theirs, ours, statistic, label) {
  const rng = Rng.fromSeed('compare').split(label);
  const n = Math.min(theirs.length, ours.length);
  const of = (indices) =>
    statistic(
      indices.map((i) => theirs[i]),
      indices.map((i) => ours[i]),
    );
  const all = Array.from({ length: n }, (_, i) => i);
  const draws = Array.from({ length: DRAWS }, () => of(all.map(() => rng.int(n)))).sort((a, b) => a - b);
  const interval = [draws[Math.floor(0.025 * DRAWS)], draws[Math.ceil(0.975 * DRAWS) - 1]];
  return { ratio: of(all), interval };
}

/** Of rounds that are parts of one whole. */
export const ofSums = (theirs, ours) => sum(theirs) / sum(ours);
/** Of rounds that are the same thing again. */
export const ofMedians = (theirs, ours) => median(theirs) / median(ours);

/** @throws Error where two sides did not compute the same: their times mean nothing */
export function mustAgree(what, ours, theirs, tolerance) {
  const gap = Math.max(...ours.map((x, i) => Math.abs(x - theirs[i])));
  if (gap <= tolerance && ours.length === theirs.length) return gap;
  const sides = `${ours.slice(0, 3).join(', ')} and ${theirs.slice(0, 3).join(', ')}`;
  throw new Error(`${what}: the two sides differ by ${gap} (at most ${tolerance} allowed): ${sides}`);
}
