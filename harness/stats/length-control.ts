import { slope } from './least-squares.js';
import { mean, standardDeviation } from './moments.js';

/**
 * A difference at equal length: least squares of paired differences on paired length differences, read at 0
 * (the simple form of Dubois et al. 2024, arXiv:2404.04475). The slope is what one token more is worth.
 */
export function atEqualLength(
  differences: readonly number[],
  lengthDifferences: readonly number[],
): { difference: number; perToken: number } {
  const [given, lengths] = [differences.length, lengthDifferences.length];
  if (given !== lengths || given < 2)
    throw new RangeError(`atEqualLength: needs at least two pairs of numbers, got ${given} and ${lengths}`);
  const perToken = slope(lengthDifferences.map((length, i) => [length, differences[i]!]));
  // Lengths that do not vary teach nothing.
  if (perToken === null) return { difference: mean(differences), perToken: 0 };
  return { difference: mean(differences) - perToken * mean(lengthDifferences), perToken };
}

/**
 * Outcomes at equal length: least squares of win indicators on tanh of the length differences, these divided
 * by their standard deviation (Dubois et al. 2024, section 3; linear instead of logistic), what the length
 * explains taken off each outcome. Their mean is the fit at 0. That the slope is estimated is not in their
 * spread over prompts; over seeds it is.
 */
export function equalLengthOutcomes(outcomes: Float64Array, lengthDifferences: Float64Array): Float64Array {
  const deviation = standardDeviation(lengthDifferences);
  if (!(deviation > 0)) return outcomes;
  const scaled = lengthDifferences.map((d) => Math.tanh(d / deviation));
  const { perToken } = atEqualLength([...outcomes], [...scaled]);
  return outcomes.map((y, i) => y - perToken * scaled[i]!);
}
