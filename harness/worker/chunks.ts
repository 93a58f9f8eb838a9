import type { TokenBatch } from '../contracts/batches.js';
import { type BatchShape, packBatch, type TokenRow } from '../policy/batch.js';

/** Rows packed at once: bounds the arrays that going through a whole set takes. */
const ROWS = 1024;

/** A whole set of rows as batches, in order. */
export function* chunks(rows: readonly TokenRow[], shape: BatchShape): Generator<TokenBatch> {
  for (let start = 0; start < rows.length; start += ROWS)
    yield packBatch(rows.slice(start, start + ROWS), shape);
}
