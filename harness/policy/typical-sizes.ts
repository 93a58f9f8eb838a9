import type { TokenRow } from './batch.js';
import { type PackingOptions, roundedSizes, type Sizes } from './placed.js';

/** Rows looked at, evenly apart: a set may have millions. */
const SAMPLE = 4096;
/** Batches that fit are at least this share. */
const FIT = 0.98;

/**
 * Numbers of tokens, in standard deviations from a batch's mean, up to which a batch has a size of its own
 * where it has many rows, and a step takes much longer than a graph; and where it has few.
 */
const LEVELS = { many: [1, 3], few: [3] } as const;
const MANY = 2048;

/** Sizes for the prompts and for the completions of a batch. */
export interface PackedSizes {
  readonly ofPrompts: Sizes;
  readonly ofCompletions: Sizes;
}

/**
 * Sizes of which nearly every batch of B prompts out of a set fits one, so that few graphs serve them: its
 * number of tokens is about normal, its longest row a quantile. What does not fit has sizes of its own. They
 * hang on the set alone, not on the batches before, so that a resumed run computes what an uninterrupted one
 * does.
 * @param count prompts in the set
 * @param rowsOf the rows of one of them
 * @returns smaller sizes first
 */
export function typicalSizes(
  count: number,
  rowsOf: (i: number) => readonly TokenRow[],
  B: number,
  { varying }: PackingOptions,
): readonly PackedSizes[] {
  const n = Math.min(count, SAMPLE);
  const sampled = Array.from({ length: n }, (_, i) => rowsOf(Math.floor((i * count) / n)));
  const R = sampled[0]?.length ?? 1;
  const prompts = sampled.map(([row]) => [row!.prompt.length - 1]);
  const completions = sampled.map((rows) => rows.map(({ completion }) => completion.length));
  const at = (level: number): PackedSizes => ({
    ofPrompts: typical(prompts, B, 1, level),
    ofCompletions: typical(completions, B, R, level),
  });
  const largest = at(LEVELS.few[0]);
  if (!varying) return [largest];
  const isLarge = largest.ofPrompts.rows + largest.ofCompletions.rows >= MANY;
  const sizes = isLarge ? LEVELS.many.map(at) : [largest];
  const free = ({ rows }: Sizes): Sizes => ({ rows, width: null });
  return sizes.map(({ ofPrompts, ofCompletions }) => ({
    ofPrompts: free(ofPrompts),
    ofCompletions: free(ofCompletions),
  }));
}

/**
 * @param lengths of the sequences that a prompt has, R of them
 * @param level standard deviations above the mean
 */
function typical(lengths: readonly (readonly number[])[], B: number, R: number, level: number): Sizes {
  const all = lengths.flat().sort((a, b) => a - b);
  const at = Math.ceil(FIT ** (1 / (B * R)) * all.length) - 1;
  const width = all[Math.min(at, all.length - 1)]!;
  const sums = lengths.map((of) => of.reduce((a, b) => a + b, 0));
  const mean = sums.reduce((a, b) => a + b, 0) / sums.length;
  const variance = sums.reduce((sum, x) => sum + (x - mean) ** 2, 0) / sums.length;
  if (variance === 0 && all[0] === all.at(-1)) return { rows: B * R * width, width };
  return roundedSizes(Math.ceil(B * mean + level * Math.sqrt(B * variance)), width, B * R);
}
