import type { TokenBatch } from '../contracts/batches.js';
import { rows as rowsOf, rowsIn, type TokenRow } from './batch.js';
import { packedAlike, promptsInTurn } from './packing.js';
import type { PackingOptions } from './placed.js';

/** Rows of a batch that are computed at once. */
export interface MicroBatch {
  readonly tokens: TokenBatch;
  /** Which rows of the batch they are; what fills it up at its end repeats the first. */
  readonly rows: readonly number[];
  /** Of these, how many are no repeats. */
  readonly own: number;
}

/**
 * A batch in parts of as many rows each, packed to the same shapes, so that one graph serves them all.
 * Completions of one prompt stay together where they fit, as networks compute that prompt once for them.
 * @param most rows of a part
 */
export function microBatches(batch: TokenBatch, most: number, packing: PackingOptions): MicroBatch[] {
  const cut = inParts(rowsIn(batch), most);
  const size = Math.max(...cut.map(({ length }) => length));
  const filled = cut.map((rows) => [...rows, ...new Array<number>(size - rows.length).fill(rows[0]!)]);
  const packed = packedAlike(
    filled.map((rows) => rowsOf(batch, rows)),
    packing,
  );
  return packed.map((tokens, i) => ({ tokens, rows: filled[i]!, own: cut[i]!.length }));
}

function inParts(rows: readonly TokenRow[], most: number): number[][] {
  const prompts = promptsInTurn(rows);
  const each = rows.length / prompts;
  if (most < each) {
    const byPrompt = Array.from(
      { length: rows.length },
      (_, i) => (i % each) * prompts + Math.floor(i / each),
    );
    return evenly(byPrompt, most);
  }
  const turns = Array.from({ length: each }, (_, r) => r);
  return evenly(upTo(prompts), Math.floor(most / each)).map((some) =>
    turns.flatMap((r) => some.map((g) => r * prompts + g)),
  );
}

/** Items in as few parts as may be, none longer than `most` and all about as long. */
function evenly(items: readonly number[], most: number): number[][] {
  const size = Math.ceil(items.length / Math.ceil(items.length / most));
  return upTo(Math.ceil(items.length / size)).map((i) => items.slice(i * size, (i + 1) * size));
}

const upTo = (n: number): number[] => Array.from({ length: n }, (_, i) => i);
