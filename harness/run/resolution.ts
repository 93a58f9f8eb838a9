import { detectable } from '../stats/moderated.js';

/**
 * What a number of seeds can tell apart, in standard deviations of the difference between seeds: known
 * before the first run, as the size of one is not.
 */
export function resolution(seeds: number): string {
  if (seeds === 1) return 'one seed: nothing is told apart from chance; give 3 or more for intervals';
  const size = detectable({ mean: 0, se: 1 / Math.sqrt(seeds), df: seeds - 1 });
  const found = `${seeds} seeds find a difference of ${size.toPrecision(2)} times the spread between seeds`;
  const advice = seeds < 5 ? '; 5 seeds find one of 1.7, 10 one of 1.0' : '';
  return `${found} four times in five${advice}`;
}
