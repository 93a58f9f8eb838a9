import type { HostTensor } from '../engine/tensor.js';
import { multipleOf } from './rounding.js';

/** Tokens, the first of them at position `from` of its batch row. */
export interface Sequence {
  readonly tokens: readonly number[];
  readonly from: number;
}

/** How many rows sequences have one after another, and how many tokens the block has that pads them. */
export interface Sizes {
  readonly rows: number;
  readonly width: number;
}

/** Sequences in rows of their own, one token a row, and the block that attention puts them into. */
export interface Placed {
  readonly ids: Int32Array;
  readonly positions: Int32Array;
  /** The sequence of each row, and the row's place in it; a row without a token is at one that pads. */
  readonly owner: Int32Array;
  readonly place: Int32Array;
  /** The row of each token; what pads is at a row without a token: int32 [sequences, width]. */
  readonly block: HostTensor;
  /** 0 on tokens, -1e9 on what pads: [sequences, width]. */
  readonly mask: HostTensor;
  /** The first row of each sequence. */
  readonly start: readonly number[];
}

const tokensIn = (sequences: readonly Sequence[]): number =>
  sequences.reduce((sum, { tokens }) => sum + tokens.length, 0);

/** Blocks up to this wide cost too little for a graph of each width. */
const NARROW = 64;

/**
 * Sizes that hold each of several sets of as many sequences. Where one of them needs padding, all have a row
 * without a token and a place that pads.
 * @param most tokens of nearly every sequence that may come
 */
export function sizesOf(sets: readonly (readonly Sequence[])[], most: number): Sizes {
  const tokens = Math.max(...sets.map(tokensIn));
  const longest = Math.max(...sets.flatMap((set) => set.map((of) => of.tokens.length)));
  const isFull = (width: number) => (set: readonly Sequence[]) => tokensIn(set) === set.length * width;
  if (sets.every(isFull(longest))) return { rows: tokens, width: longest };
  const width = Math.max(longest, most <= NARROW ? most : Math.min(most, rounded(longest)));
  return { rows: rounded(tokens + 1), width: sets.some(isFull(width)) ? width + 1 : width };
}

/** Sizes for up to so many tokens, none of n sequences longer than `width`, with room for padding. */
export const roundedSizes = (tokens: number, width: number, n: number): Sizes => ({
  rows: Math.min(multipleOf(8, tokens + 1), n * width),
  width,
});

/** Whether sequences fit into sizes: one after another with a row to spare, unless all are full. */
export function fits(sequences: readonly Sequence[], { rows, width }: Sizes): boolean {
  const tokens = tokensIn(sequences);
  const isFull = tokens === sequences.length * width;
  return (isFull ? tokens === rows : tokens < rows) && sequences.every((s) => s.tokens.length <= width);
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
export function placed(sequences: readonly Sequence[], { rows, width }: Sizes, first: number): Placed {
  const ids = new Int32Array(rows);
  const positions = new Int32Array(rows);
  // The last place of the first sequence that does not fill the block.
  const short = Math.max(
    0,
    sequences.findIndex(({ tokens }) => tokens.length < width),
  );
  const owner = new Int32Array(rows).fill(short);
  const place = new Int32Array(rows).fill(width - 1);
  const shape = [sequences.length, width];
  const block = new Int32Array(sequences.length * width).fill(first + rows - 1);
  const mask = new Float32Array(block.length).fill(-1e9);
  const start: number[] = [];
  let row = 0;
  sequences.forEach(({ tokens, from }, s) => {
    start.push(first + row);
    tokens.forEach((id, t) => {
      ids[row] = id;
      positions[row] = from + t;
      owner[row] = s;
      place[row] = t;
      block[s * width + t] = first + row;
      mask[s * width + t] = 0;
      row++;
    });
  });
  return {
    ids,
    positions,
    owner,
    place,
    block: { shape, data: block },
    mask: { shape, data: mask },
    start,
  };
}
