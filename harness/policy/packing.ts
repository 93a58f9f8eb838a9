import type { PackedLayout, TokenBatch } from '../contracts/batches.js';
import { type HostTensor, vector } from '../engine/tensor.js';
import { type Attending, attentionBlocks, PlaceOfRows, type Run } from './attention-blocks.js';
import { rowsIn, type TokenRow } from './batch.js';
import {
  fits,
  type PackingOptions,
  type Placed,
  placed,
  type Sequence,
  type Sizes,
  sizesOf,
} from './placed.js';
import type { PackedSizes } from './typical-sizes.js';

/**
 * A batch with its tokens also without padding (`packed`), from which networks compute the same with less
 * work. Where completions have one token there is no padding to leave out.
 */
export const withPacking = (batch: TokenBatch, options: PackingOptions): TokenBatch =>
  packedAlike([batch], options)[0]!;

/** Batches of as many rows each, packed to the same shapes, so that one graph serves them all. */
export const packedAlike = (
  batches: readonly TokenBatch[],
  options: PackingOptions,
): readonly TokenBatch[] =>
  batches[0]?.packed === undefined ? packedRows(batches, batches.map(rowsIn), options) : batches;

/**
 * The same, where the rows that the batches were packed from are at hand.
 * @param typical sizes of which to take the first that all batches fit
 */
export function packedRows(
  batches: readonly TokenBatch[],
  all: readonly (readonly TokenRow[])[],
  { varying }: PackingOptions,
  typical: readonly PackedSizes[] = [],
): readonly TokenBatch[] {
  const [first] = batches;
  if (first === undefined || first.mask.shape[1] === 1) return batches;
  const turns = all.map(promptsInTurn);
  const groups = turns.every((n) => n === turns[0]) ? turns[0]! : all[0]!.length;
  const prompts = all.map((rows) => promptsOf(rows.slice(0, groups)));
  const completions = all.map((rows) => completionsOf(rows, 0));
  const [T, C] = [first.ids.shape[1]!, first.mask.shape[1]!];
  const most = { prompt: T - C - 1, completion: C };
  const sizesFor = (sets: readonly (readonly Sequence[])[], of: keyof PackedSizes, most: number): Sizes =>
    typical.map((sizes) => sizes[of]).find((sizes) => sets.every((set) => fits(set, sizes))) ??
    sizesOf(sets, varying ? null : most);
  const sizes = {
    ofPrompts: sizesFor(prompts, 'ofPrompts', most.prompt),
    ofCompletions: sizesFor(completions, 'ofCompletions', most.completion),
  };
  return batches.map((batch, i) => {
    const layout = layoutOf(all[i]!, prompts[i]!, sizes, most);
    return {
      ...batch,
      packed: { positions: layout(0), last: layout(1), ...readers(batch, sizes.ofCompletions.rows) },
    };
  });
}

/**
 * The share of what is computed from packed batches that is computed of tokens: rows without one, which make
 * shapes few, are no work of the algorithm.
 */
export function shareOfTokens(batches: readonly TokenBatch[]): number {
  let tokens = 0;
  let rows = 0;
  for (const { packed } of batches) {
    if (packed === undefined) continue;
    // Place 0 is that of rows without a token.
    for (const place of packed.positions.queries.first.data) if (place > 0) tokens++;
    rows += packed.positions.ids.data.length;
  }
  return rows === 0 ? 1 : tokens / rows;
}

/** The tokens of prompts but for their last, which stands with each completion. */
const promptsOf = (rows: readonly TokenRow[]): Sequence[] =>
  rows.map(({ prompt }) => ({ tokens: prompt.slice(0, -1), from: 0 }));

/** @param scored 1 where the last token of each is computed too, of which only scores are read */
const completionsOf = (rows: readonly TokenRow[], scored: 0 | 1): Sequence[] =>
  rows.map(({ prompt, completion }) => ({
    tokens: [prompt.at(-1)!, ...completion].slice(0, completion.length + scored),
    from: prompt.length - 1,
  }));

/** Both layouts of a batch: the prompts are the same in them. */
function layoutOf(
  rows: readonly TokenRow[],
  prompts: readonly Sequence[],
  { ofPrompts, ofCompletions }: PackedSizes,
  most: { readonly prompt: number; readonly completion: number },
): (scored: 0 | 1) => PackedLayout {
  const first = placed(prompts, ofPrompts.rows, 0);
  return (scored) => {
    const sequences = completionsOf(rows, scored);
    const M = ofCompletions.rows + scored * rows.length;
    const second = placed(sequences, M, ofPrompts.rows);
    const width = ofCompletions.width === null ? null : ofCompletions.width + scored;
    const joined = (of: keyof Pick<Placed, 'ids' | 'positions'>): HostTensor => {
      const both = new Int32Array(first[of].length + second[of].length);
      both.set(first[of]);
      both.set(second[of], first[of].length);
      return vector(both);
    };
    return {
      ids: joined('ids'),
      positions: joined('positions'),
      ...attention(runsOf(prompts, first), runsOf(sequences, second), [ofPrompts, { rows: M, width }], most),
      last: vector(
        Int32Array.from(rows, ({ completion, scored = completion.length }, b) => second.start[b]! + scored),
      ),
    };
  };
}

const runsOf = (sequences: readonly Sequence[], { start }: Placed): Run[] =>
  sequences.map(({ tokens, from }, s) => ({ row: start[s]!, from, count: tokens.length }));

/** What looks at what: completion r * G + g at prompt g. */
function attention(
  prompts: readonly Run[],
  completions: readonly Run[],
  [ofPrompts, ofCompletions]: readonly [Sizes, Sizes],
  most: { readonly prompt: number; readonly completion: number },
): Pick<PackedLayout, 'prompts' | 'completions' | 'queries' | 'keys' | 'promptKeys'> {
  const G = prompts.length;
  const [L, M] = [ofPrompts.rows, ofCompletions.rows];
  const readers = completions.map((own, i): Attending => ({ own, before: prompts[i % G]! }));
  const widthOf = ({ width }: Sizes): number => width!;
  const isFixed = ofCompletions.width !== null;
  // Behind the place of zeros.
  const start = { queries: 1, keys: 1 };
  const widths = isFixed
    ? { queries: widthOf(ofCompletions), keys: widthOf(ofPrompts) + widthOf(ofCompletions) }
    : null;
  const blocks = attentionBlocks(readers, widths, most.prompt + most.completion, L + M - 1, start);
  const behind = { queries: 1 + blocks.places.queries, keys: 1 + blocks.places.keys };
  const width = isFixed ? { queries: widthOf(ofPrompts), keys: widthOf(ofPrompts) } : null;
  const ownBlocks = prompts.some(({ count }) => count > 0)
    ? attentionBlocks(
        prompts.map((own) => ({ own, before: null })),
        width,
        most.prompt,
        L - 1,
        behind,
      )
    : null;
  const queries = new PlaceOfRows(L + M);
  const keys = new PlaceOfRows(M);
  const R = completions.length / G;
  const promptKeys = new PlaceOfRows((R + 1) * L);
  readers.forEach(({ own, before }, i) => {
    queries.set(own.row, own.count, blocks.queries[i]!, 0);
    keys.set(own.row - L, own.count, blocks.keys[i]!, before!.count);
    promptKeys.set(Math.floor(i / G) * L + before!.row, before!.count, blocks.keys[i]!, 0);
  });
  prompts.forEach(({ row, count }, g) => {
    if (ownBlocks === null) return;
    queries.set(row, count, ownBlocks.queries[g]!, 0);
    promptKeys.set(R * L + row, count, ownBlocks.keys[g]!, 0);
  });
  return {
    prompts: ownBlocks?.blocks ?? [],
    completions: blocks.blocks,
    queries: queries.arrays(),
    keys: keys.arrays(),
    promptKeys: promptKeys.arrays(),
  };
}

/**
 * Of each of the M rows of completions its place in a batch, and the way back: what has no row or no token is
 * read where it is masked. Where there is such a row, and nothing is masked, a place behind all others stands
 * for that: a row without a token would have the gradient of a token else.
 */
function readers({ mask }: TokenBatch, M: number): Record<'read' | 'unread', HostTensor> {
  const places = mask.data.length;
  const masked = mask.data.indexOf(0);
  const isFull = masked === -1;
  const read = new Int32Array(M).fill(isFull ? places : masked);
  const unread = new Int32Array(isFull && M > places ? places + 1 : places).fill(M - 1);
  let m = 0;
  mask.data.forEach((real, i) => {
    if (real === 0) return;
    read[m] = i;
    unread[i] = m++;
  });
  return { read: vector(read), unread: vector(unread) };
}

/**
 * The least G where rows are completions of the same G prompts in turn, row r * G + g of prompt g; else their
 * number.
 */
export function promptsInTurn(rows: readonly TokenRow[]): number {
  const isSame = (a: TokenRow, b: TokenRow): boolean =>
    a.prompt.length === b.prompt.length && a.prompt.every((id, i) => id === b.prompt[i]);
  for (let G = 1; G <= rows.length / 2; G++) {
    if (rows.length % G === 0 && rows.every((row, i) => isSame(row, rows[i % G]!))) return G;
  }
  return rows.length;
}
