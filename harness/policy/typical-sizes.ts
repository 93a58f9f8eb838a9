import type { TokenRow } from './batch.js';
import { roundedSizes, type Sizes } from './placed.js';

/** Rows looked at, evenly apart: a set may have millions. */
const SAMPLE = 4096;
/** Batches that fit are at least this share. */
const FIT = 0.98;

/** Sizes for the prompts and for the completions of a batch. */
export interface PackedSizes {
  readonly ofPrompts: Sizes;
  readonly ofCompletions: Sizes;
}

/**
 * Sizes that nearly every batch of B prompts out of a set fits, so that one graph serves them: its number of
 * tokens is about normal, its longest row a quantile. What does not fit has sizes of its own. They hang on
 * the set alone, not on the batches before, so that a resumed run computes what an uninterrupted one does.
 * @param count prompts in the set
 * @param rowsOf the rows of one of them
 */
export function typicalSizes(
  count: number,
  rowsOf: (i: number) => readonly TokenRow[],
  B: number,
): PackedSizes {
  const n = Math.min(count, SAMPLE);
  const sampled = Array.from({ length: n }, (_, i) => rowsOf(Math.floor((i * count) / n)));
  const R = sampled[0]?.length ?? 1;
  return {
    ofPrompts: typical(
      sampled.map(([row]) => [row!.prompt.length - 1]),
      B,
      1,
    ),
    ofCompletions: typical(
      sampled.map((rows) => rows.map(({ completion }) => completion.length)),
      B,
      R,
    ),
  };
}

/** @param lengths of the sequences that a prompt has, R of them */
function typical(lengths: readonly (readonly number[])[], B: number, R: number): Sizes {
  const all = lengths.flat().sort((a, b) => a - b);
  const at = Math.ceil(FIT ** (1 / (B * R)) * all.length) - 1;
  const width = all[Math.min(at, all.length - 1)]!;
  const sums = lengths.map((of) => of.reduce((a, b) => a + b, 0));
  const mean = sums.reduce((a, b) => a + b, 0) / sums.length;
  const variance = sums.reduce((sum, x) => sum + (x - mean) ** 2, 0) / sums.length;
  if (variance === 0 && all[0] === all.at(-1)) return { rows: B * R * width, width };
  return roundedSizes(Math.ceil(B * mean + 3 * Math.sqrt(B * variance)), width, B * R);
}
