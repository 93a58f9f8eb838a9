import { mean, standardError } from '../../stats/moments.js';
import type { Estimate } from '../../store/records.js';

/** Mean with its standard error over independent rows. */
export function estimate(values: readonly number[]): Estimate {
  const n = values.length;
  return { mean: mean(values), se: n < 2 ? null : standardError(values), n };
}
