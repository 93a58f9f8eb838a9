import { normalQuantile } from './distributions.js';

/**
 * Prompts for each of two policies to resolve a difference `delta` of win rates around one half, with the
 * given power at a two-sided level, when their outcomes on one prompt correlate by `correlation` (Miller
 * 2024, arXiv:2411.00640).
 */
export function promptsNeeded(
  delta: number,
  options: { correlation?: number; power?: number; level?: number } = {},
): number {
  const { correlation = 0, power = 0.8, level = 0.05 } = options;
  if (!(delta > 0 && delta < 1))
    throw new RangeError(`promptsNeeded: delta should be between 0 and 1, got ${delta}`);
  const reach = normalQuantile(1 - level / 2) + normalQuantile(power);
  return Math.ceil((2 * 0.25 * reach ** 2 * (1 - correlation)) / delta ** 2);
}

/**
 * Seeds to resolve `delta` when paired per-seed differences have this standard deviation (normal
 * approximation).
 */
export function seedsNeeded(
  delta: number,
  deviation: number,
  options: { power?: number; level?: number } = {},
): number {
  const { power = 0.8, level = 0.05 } = options;
  if (!(delta > 0 && deviation >= 0))
    throw new RangeError(
      `seedsNeeded: delta should be positive and the deviation not negative, got ${delta} and ${deviation}`,
    );
  const reach = normalQuantile(1 - level / 2) + normalQuantile(power);
  return Math.max(2, Math.ceil(((reach * deviation) / delta) ** 2));
}
