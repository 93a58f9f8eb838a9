import type { PackedLayout, TokenBatch } from '../contracts/batches.js';
import { type HostTensor, vector } from '../engine/tensor.js';
import { rowsIn, type TokenRow } from './batch.js';

/**
 * A batch with its tokens also without padding (`packed`), from which networks compute the same with less
 * work. Where completions have one token there is no padding to leave out.
 */
export function withPacking(batch: TokenBatch): TokenBatch {
  const [B, C] = batch.mask.shape as [number, number];
  if (batch.packed !== undefined || C === 1) return batch;
  const rows = rowsIn(batch);
  const groups = promptsInTurn(rows);
  const positions = packed(rows, groups, 0);
  // Of each row of completions its place in the batch, and the way back: a row without a token is at padding.
  const padding = batch.mask.data.indexOf(0);
  const M = positions.completionRows;
  const read = new Int32Array(M).fill(padding);
  const unread = new Int32Array(B * C).fill(M - 1);
  let m = 0;
  rows.forEach(({ completion }, b) => {
    for (let c = 0; c < completion.length; c++, m++) {
      read[m] = b * C + c;
      unread[b * C + c] = m;
    }
  });
  return {
    ...batch,
    packed: {
      positions: positions.layout,
      last: packed(rows, groups, 1).layout,
      read: vector(read),
      unread: vector(unread),
    },
  };
}

/** @param scored 1 where a completion's last token is computed too, of which only scores are read */
function packed(
  rows: readonly TokenRow[],
  groups: number,
  scored: 0 | 1,
): { layout: PackedLayout; completionRows: number } {
  const ofPrompts = placed(
    rows.slice(0, groups).map(({ prompt }) => ({ tokens: prompt.slice(0, -1), from: 0 })),
    0,
    0,
  );
  const ofCompletions = placed(
    rows.map(({ prompt, completion }) => ({
      tokens: [prompt.at(-1)!, ...completion].slice(0, completion.length + scored),
      from: prompt.length - 1,
    })),
    ofPrompts.ids.length,
    scored * rows.length,
  );
  const joined = (of: 'ids' | 'positions' | 'owner' | 'place'): HostTensor =>
    vector(Int32Array.from([...ofPrompts[of], ...ofCompletions[of]]));
  const { block } = ofPrompts;
  const mask = (rows: HostTensor): HostTensor => ({
    shape: rows.shape,
    data: Float32Array.from(rows.data, (row) => (row < ofPrompts.tokens ? 0 : -1e9)),
  });
  return {
    layout: {
      ids: joined('ids'),
      positions: joined('positions'),
      ...(block.data.length === 0 ? {} : { prompts: block, promptMask: mask(block) }),
      starts: vector(Int32Array.from(rows.slice(0, groups), ({ prompt }) => prompt.length - 1)),
      completions: ofCompletions.block,
      owner: joined('owner'),
      place: joined('place'),
      last: vector(
        Int32Array.from(
          rows,
          ({ completion, scored = completion.length }, b) => ofCompletions.start[b]! + scored,
        ),
      ),
    },
    completionRows: ofCompletions.ids.length,
  };
}

/** Sequences one after another in rows of their own, and as a padded block. */
interface Placed {
  readonly ids: Int32Array;
  readonly positions: Int32Array;
  /** The sequence of each row, and the row's place in it. */
  readonly owner: Int32Array;
  readonly place: Int32Array;
  /** The row of each token, rows counted from `first`: int32 [sequences, longest]. */
  readonly block: HostTensor;
  /** The first row of each sequence. */
  readonly start: readonly number[];
  /** Rows that are tokens; those behind them are empty. */
  readonly tokens: number;
}

/**
 * Sequences of tokens, the first of each at position `from`, in rows from `first` on. @param unrounded rows
 * that are not among those whose number is rounded up
 */
function placed(
  sequences: readonly { readonly tokens: readonly number[]; readonly from: number }[],
  first: number,
  unrounded: number,
): Placed {
  const tokens = sequences.reduce((sum, sequence) => sum + sequence.tokens.length, 0);
  const longest = sequences.reduce((most, sequence) => Math.max(most, sequence.tokens.length), 0);
  // What pads the block needs an empty row, and an empty row needs a place that pads.
  const isRagged = tokens < sequences.length * longest;
  const n = isRagged ? rounded(tokens - unrounded + 1) + unrounded : tokens;
  const width = isRagged ? rounded(longest) : longest;
  const ids = new Int32Array(n);
  const positions = new Int32Array(n);
  const owner = new Int32Array(n);
  const place = new Int32Array(n);
  const block = new Int32Array(sequences.length * width).fill(first + n - 1);
  const start: number[] = [];
  let row = 0;
  sequences.forEach((sequence, s) => {
    start.push(first + row);
    sequence.tokens.forEach((id, t) => {
      ids[row] = id;
      positions[row] = sequence.from + t;
      owner[row] = s;
      place[row] = t;
      block[s * width + t] = first + row;
      row++;
    });
  });
  if (isRagged) {
    const short = sequences.findIndex((sequence) => sequence.tokens.length < width);
    owner.fill(short, row);
    place.fill(width - 1, row);
  }
  return {
    ids,
    positions,
    owner,
    place,
    block: { shape: [sequences.length, width], data: block },
    start,
    tokens,
  };
}

/** G where rows are completions of the same G prompts in turn, row r * G + g of prompt g; else as many as rows. */
function promptsInTurn(rows: readonly TokenRow[]): number {
  const isSame = (a: TokenRow, b: TokenRow): boolean =>
    a.prompt === b.prompt ||
    (a.prompt.length === b.prompt.length && a.prompt.every((id, i) => id === b.prompt[i]));
  const again = rows.findIndex((row, i) => i > 0 && isSame(row, rows[0]!));
  if (again === -1 || rows.length % again !== 0) return rows.length;
  return rows.every((row, i) => isSame(row, rows[i % again]!)) ? again : rows.length;
}

/**
 * Sizes are rounded up, so that few of them, and so few graphs, come: by a quarter at most, by an eighth where
 * a step takes much longer than a graph.
 */
function rounded(n: number): number {
  const step = Math.max(1, 2 ** (Math.floor(Math.log2(n)) - (n < 2048 ? 2 : 3)));
  return Math.ceil(n / step) * step;
}
