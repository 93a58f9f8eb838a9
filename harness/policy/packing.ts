import type { PackedLayout, TokenBatch } from '../contracts/batches.js';
import { type HostTensor, vector } from '../engine/tensor.js';
import { rowsIn, type TokenRow } from './batch.js';
import { fits, type Placed, placed, type Sequence, type Sizes, sizesOf } from './placed.js';
import type { PackedSizes } from './typical-sizes.js';

/**
 * A batch with its tokens also without padding (`packed`), from which networks compute the same with less
 * work. Where completions have one token there is no padding to leave out.
 */
export const withPacking = (batch: TokenBatch): TokenBatch => packedAlike([batch])[0]!;

/** Batches of as many rows each, packed to the same shapes, so that one graph serves them all. */
export const packedAlike = (batches: readonly TokenBatch[]): readonly TokenBatch[] =>
  batches[0]?.packed === undefined ? packedRows(batches, batches.map(rowsIn)) : batches;

/**
 * The same, where the rows that the batches were packed from are at hand.
 * @param typical sizes to take where all batches fit them
 */
export function packedRows(
  batches: readonly TokenBatch[],
  all: readonly (readonly TokenRow[])[],
  typical?: PackedSizes,
): readonly TokenBatch[] {
  const [first] = batches;
  if (first === undefined || first.mask.shape[1] === 1) return batches;
  const turns = all.map(promptsInTurn);
  const groups = turns.every((n) => n === turns[0]) ? turns[0]! : all[0]!.length;
  const prompts = all.map((rows) => promptsOf(rows.slice(0, groups)));
  const completions = all.map((rows) => completionsOf(rows, 0));
  const [T, C] = [first.ids.shape[1]!, first.mask.shape[1]!];
  const sizes = {
    ofPrompts: sizesFor(prompts, T - C - 1, typical?.ofPrompts),
    ofCompletions: sizesFor(completions, C, typical?.ofCompletions),
  };
  return batches.map((batch, i) => {
    const layout = layoutOf(all[i]!, prompts[i]!, sizes);
    return {
      ...batch,
      packed: { positions: layout(0), last: layout(1), ...readers(batch, sizes.ofCompletions.rows) },
    };
  });
}

/** @param most tokens of nearly every sequence that may come */
const sizesFor = (sets: readonly (readonly Sequence[])[], most: number, typical: Sizes | undefined): Sizes =>
  typical !== undefined && sets.every((set) => fits(set, typical)) ? typical : sizesOf(sets, most);

/**
 * The share of what is computed from packed batches that is computed of tokens: rows without one, which make
 * shapes few, are no work of the algorithm.
 */
export function shareOfTokens(batches: readonly TokenBatch[]): number {
  let tokens = 0;
  let rows = 0;
  for (const { packed, mask } of batches) {
    if (packed === undefined) continue;
    const prompts = packed.positions.promptMask?.data ?? [];
    for (const x of mask.data) tokens += x;
    for (const x of prompts) if (x === 0) tokens++;
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
): (scored: 0 | 1) => PackedLayout {
  const first = placed(prompts, ofPrompts, 0);
  const starts = vector(Int32Array.from(prompts, ({ tokens }) => tokens.length));
  return (scored) => {
    const second = placed(
      completionsOf(rows, scored),
      { rows: ofCompletions.rows + scored * rows.length, width: ofCompletions.width + scored },
      ofPrompts.rows,
    );
    const joined = (of: keyof Pick<Placed, 'ids' | 'positions' | 'owner' | 'place'>): HostTensor => {
      const both = new Int32Array(first[of].length + second[of].length);
      both.set(first[of]);
      both.set(second[of], first[of].length);
      return vector(both);
    };
    return {
      ids: joined('ids'),
      positions: joined('positions'),
      ...(ofPrompts.width === 0 ? {} : { prompts: first.block, promptMask: first.mask }),
      starts,
      completions: second.block,
      owner: joined('owner'),
      place: joined('place'),
      last: vector(
        Int32Array.from(rows, ({ completion, scored = completion.length }, b) => second.start[b]! + scored),
      ),
    };
  };
}

/**
 * Of each of the M rows of completions its place in a batch, and the way back: what has no row or no token is
 * read where it is masked.
 */
function readers({ mask }: TokenBatch, M: number): Record<'read' | 'unread', HostTensor> {
  const read = new Int32Array(M).fill(Math.max(0, mask.data.indexOf(0)));
  const unread = new Int32Array(mask.data.length).fill(M - 1);
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
function promptsInTurn(rows: readonly TokenRow[]): number {
  const isSame = (a: TokenRow, b: TokenRow): boolean =>
    a.prompt.length === b.prompt.length && a.prompt.every((id, i) => id === b.prompt[i]);
  for (let G = 1; G <= rows.length / 2; G++) {
    if (rows.length % G === 0 && rows.every((row, i) => isSame(row, rows[i % G]!))) return G;
  }
  return rows.length;
}
