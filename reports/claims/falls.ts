import { mean } from '../../harness/stats/moments.js';
import type { EvalRow } from '../../harness/store/records.js';
import { goldOf, proxyOf, type Seed } from './runs.js';

/** One run's evaluations at the peak of gold reward and at the end. */
interface Fall {
  readonly peak: EvalRow;
  readonly end: EvalRow;
}

/** The falls of one seed's runs of a stage, one a configuration. */
export interface Falls {
  readonly seed: Seed;
  readonly runs: readonly Fall[];
}

/**
 * Each run's evaluation at the peak and at the end. The peak's step is chosen on the mean curve of the same
 * configuration in the other seeds: chosen on a seed's own noisy curve, every curve would seem to fall. A
 * peak that is chosen wrongly lies lower, so that the mean of what follows is at most the true fall.
 * @returns for each seed that has every configuration, evaluated three times or more; none for fewer than two
 */
export function falls(seeds: readonly Seed[], stage: string): Falls[] {
  const known = seeds.flatMap((seed) => {
    const curves = seed.of(stage).map(({ curve }) => curve);
    return curves.length > 0 && curves.every(({ length }) => length >= 3) ? [{ seed, curves }] : [];
  });
  if (known.length < 2) return [];
  return known.map(({ seed, curves }) => ({
    seed,
    runs: curves.map((mine, c) => {
      const others = known.flatMap((other) => (other.seed === seed ? [] : [other.curves[c]!]));
      const height = mine.map((_, i) =>
        mean(others.map((curve) => goldOf(curve[Math.min(i, curve.length - 1)]!))),
      );
      return { peak: mine[height.indexOf(Math.max(...height))]!, end: mine.at(-1)! };
    }),
  }));
}

/** Normalised gold reward at the peak minus at the end, mean over configurations. */
export const goldFall = ({ seed, runs }: Falls): number =>
  mean(runs.map(({ peak, end }) => goldOf(peak) - goldOf(end))) / seed.unit;

/** What the proxy gains meanwhile, mean over configurations; NaN where there is none. */
export const proxyRise = ({ runs }: Falls): number =>
  mean(runs.map(({ peak, end }) => proxyOf(end) - proxyOf(peak)));

/**
 * Whether gold reward is highest at the end for every seed and configuration, by the mean curve of the other
 * seeds: then nothing comes after a peak, and every fall and rise from there is 0.
 */
export const endsHighest = (found: readonly Falls[]): boolean =>
  found.length > 0 && found.every(({ runs }) => runs.every(({ peak, end }) => peak === end));
