import type { PackedBlock, PackedPlaces } from '../contracts/batches.js';
import type { HostTensor } from '../engine/tensor.js';
import { vector } from '../engine/tensor.js';

/** Rows one after another from `row` on, the first of them at position `from`. */
export interface Run {
  readonly row: number;
  readonly from: number;
  readonly count: number;
}

/** What looks, and what it looks at besides itself: a prompt at nothing else, a completion at its prompt. */
export interface Attending {
  readonly own: Run;
  readonly before: Run | null;
}

/** Where a sequence lies among places one after another. */
interface Lies {
  readonly first: number;
  readonly width: number;
}

export interface Blocks {
  readonly blocks: readonly PackedBlock[];
  /** Of each sequence, among all of them, in the order that they were given. */
  readonly queries: readonly Lies[];
  readonly keys: readonly Lies[];
  /** Places that the blocks have. */
  readonly places: { readonly queries: number; readonly keys: number };
}

/** Widths of the one block of sequences. */
export interface Widths {
  readonly queries: number;
  readonly keys: number;
}

/** Sequences a block at least, and blocks at most: with more of them products get small. */
const LEAST = 4;
const MOST = 8;
/** Blocks up to this wide are not worth dividing. */
const NARROW = 48;
/** The position of padding: behind everything, so that no token looks at it. */
const OUT_OF_SIGHT = 1e9;

/**
 * Blocks of sequences for attention. Where widths may vary, sequences about as long share a block as wide as
 * the longest of them.
 * @param widths of the one block; null: they may vary
 * @param most tokens that a sequence may have
 * @param empty a row without a token
 * @param from places before these
 */
export function attentionBlocks(
  sequences: readonly Attending[],
  widths: Widths | null,
  most: number,
  empty: number,
  from: { readonly queries: number; readonly keys: number },
): Blocks {
  const queries: Lies[] = [];
  const keys: Lies[] = [];
  let [q, k] = [from.queries, from.keys];
  const blocks = widths === null ? divided(sequences, most) : [sequences.map((_, i) => i)];
  const made = blocks.map((indices): PackedBlock => {
    const of = indices.map((i) => sequences[i]!);
    const T = widths?.queries ?? Math.max(1, ...of.map(({ own }) => own.count));
    const S = widths?.keys ?? Math.max(1, ...of.map(({ own, before }) => own.count + (before?.count ?? 0)));
    for (const i of indices) {
      queries[i] = { first: q, width: T };
      keys[i] = { first: k, width: S };
      q += T;
      k += S;
    }
    const padded = (name: string, width: number, runs: (each: Attending) => readonly Run[]) => {
      const { rows, at } = rowsOf(of.map(runs), width, empty);
      const varies = widths === null ? { varies: [null, name] } : {};
      return { rows: { ...rows, ...varies }, at: { ...at, ...varies } };
    };
    const looking = padded('queries', T, ({ own }) => [own]);
    const block = { queries: looking.rows, queryAt: looking.at };
    if (of.every(({ before }) => before === null)) return block;
    const looked = padded('keys', S, ({ own, before }) => (before === null ? [own] : [before, own]));
    return { ...block, keys: looked.rows, keyAt: looked.at };
  });
  return { blocks: made, queries, keys, places: { queries: q - from.queries, keys: k - from.keys } };
}

/** Indices of sequences in evenly many, by the number of their tokens. */
function divided(sequences: readonly Attending[], most: number): number[][] {
  const n = sequences.length;
  const count = most <= NARROW ? 1 : Math.min(MOST, Math.max(1, Math.floor(n / LEAST)));
  const whole = ({ own, before }: Attending): number => own.count + (before?.count ?? 0);
  const sorted = sequences
    .map((_, i) => i)
    .sort((a, b) => {
      const [x, y] = [sequences[a]!, sequences[b]!];
      return x.own.count - y.own.count || whole(x) - whole(y);
    });
  return Array.from({ length: count }, (_, i) =>
    sorted.slice(Math.round((i * n) / count), Math.round(((i + 1) * n) / count)),
  );
}

/** Runs one after another, padded to a width: the row and the position of each token. */
function rowsOf(
  sequences: readonly (readonly Run[])[],
  width: number,
  empty: number,
): { readonly rows: HostTensor; readonly at: HostTensor } {
  const rows = new Int32Array(sequences.length * width).fill(empty);
  const at = new Float32Array(rows.length).fill(OUT_OF_SIGHT);
  sequences.forEach((runs, s) => {
    let i = s * width;
    for (const { row, from, count } of runs) {
      for (let t = 0; t < count; t++, i++) {
        rows[i] = row + t;
        at[i] = from + t;
      }
    }
  });
  const shape = [sequences.length, width];
  return { rows: { shape, data: rows }, at: { shape, data: at } };
}

/** The place of each of n rows, as they are set; 0 until then. */
export class PlaceOfRows {
  private readonly first: Int32Array;
  private readonly width: Int32Array;
  private readonly place: Int32Array;

  constructor(n: number) {
    this.first = new Int32Array(n);
    this.width = new Int32Array(n);
    this.place = new Int32Array(n);
  }

  /** @param row the first of `count` rows @param place of the first of them in its sequence */
  set(row: number, count: number, { first, width }: Lies, place: number): void {
    this.first.fill(first, row, row + count);
    this.width.fill(width, row, row + count);
    for (let t = 0; t < count; t++) this.place[row + t] = place + t;
  }

  arrays(): PackedPlaces {
    return { first: vector(this.first), width: vector(this.width), place: vector(this.place) };
  }
}
