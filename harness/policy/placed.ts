import { multipleOf } from './rounding.js';

/** Tokens, the first of them at position `from` of its batch row. */
export interface Sequence {
  readonly tokens: readonly number[];
  readonly from: number;
}

/**
 * How many rows sequences have one after another, and how many tokens a block has that pads them; null:
 * blocks of those about as long, each as wide as its longest.
 */
export interface Sizes {
  readonly rows: number;
  readonly width: number | null;
}

/** Whether sizes may vary from batch to batch, as they may where one graph serves them all. */
export interface PackingOptions {
  readonly varying: boolean;
}

/** Sequences in rows of their own, one token a row. */
export interface Placed {
  readonly ids: Int32Array;
  readonly positions: Int32Array;
  /** The first row of each sequence. */
  readonly start: readonly number[];
}

export const tokensIn = (sequences: readonly Sequence[]): number =>
  sequences.reduce((sum, { tokens }) => sum + tokens.length, 0);

const longestOf = (sequences: readonly Sequence[]): number =>
  Math.max(0, ...sequences.map(({ tokens }) => tokens.length));

/** Blocks up to this wide cost too little for a graph of each width. */
const NARROW = 64;

/**
 * Sizes that hold each of several sets of as many sequences. Where one of them needs padding, all have a row
 * without a token.
 * @param most tokens of nearly every sequence that may come; null: widths may vary
 */
export function sizesOf(sets: readonly (readonly Sequence[])[], most: number | null): Sizes {
  const tokens = Math.max(...sets.map(tokensIn));
  const longest = Math.max(...sets.map(longestOf));
  const isFull = sets.every((set) => tokensIn(set) === set.length * longest);
  const rows = isFull ? tokens : rounded(tokens + 1);
  if (most === null || isFull) return { rows, width: most === null ? null : longest };
  return { rows, width: Math.max(longest, most <= NARROW ? most : Math.min(most, rounded(longest))) };
}

/** Sizes for up to so many tokens, none of n sequences longer than `width`, with room for padding. */
export const roundedSizes = (tokens: number, width: number, n: number): Sizes & { width: number } => ({
  rows: Math.min(multipleOf(8, tokens + 1), n * width),
  width,
});

/** Whether sequences fit into sizes: one after another, with a row to spare where any is padded. */
export function fits(sequences: readonly Sequence[], { rows, width }: Sizes): boolean {
  const tokens = tokensIn(sequences);
  const longest = longestOf(sequences);
  if (longest > (width ?? longest)) return false;
  return tokens < rows || (tokens === rows && tokens === sequences.length * (width ?? longest));
}

/**
 * Sizes are rounded up, so that few of them, and so few graphs, come: to two in an octave, or to eight where
 * a step takes much longer than a graph.
 */
function rounded(n: number): number {
  const step = Math.max(1, 2 ** (Math.floor(Math.log2(n)) - (n < 2048 ? 1 : 3)));
  return multipleOf(step, n);
}

/** Puts sequences into rows from `first` on. */
export function placed(sequences: readonly Sequence[], rows: number, first: number): Placed {
  const ids = new Int32Array(rows);
  const positions = new Int32Array(rows);
  const start: number[] = [];
  let row = 0;
  for (const { tokens, from } of sequences) {
    start.push(first + row);
    tokens.forEach((id, t) => {
      ids[row] = id;
      positions[row++] = from + t;
    });
  }
  return { ids, positions, start };
}
