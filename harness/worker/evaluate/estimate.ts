import { mean, standardError } from '../../stats/moments.js';
import type { Estimate } from '../../store/records.js';

/** Mean with its standard error over independent rows. */
export function estimate(values: readonly number[]): Estimate {
  const n = values.length;
  return { mean: mean(values), se: n < 2 ? null : standardError(values), n };
}

/** The mean of each prompt's values, in the order in which the prompts first come. */
export function promptMeans<R extends { readonly promptId: string }>(
  rows: readonly R[],
  of: (row: R) => number,
): number[] {
  const values = new Map<string, number[]>();
  for (const row of rows) {
    const own = values.get(row.promptId);
    if (own === undefined) values.set(row.promptId, [of(row)]);
    else own.push(of(row));
  }
  return Array.from(values.values(), mean);
}

/** Samples of one prompt are no independent rows: its standard error is over prompts. */
export const byPrompt = <R extends { readonly promptId: string }>(
  rows: readonly R[],
  of: (row: R) => number,
): Estimate => estimate(promptMeans(rows, of));
