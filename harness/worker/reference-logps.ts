import { type BatchShape, completionSums, type TokenRow } from '../policy/batch.js';
import type { NetworkModule } from '../policy/module.js';
import { SetPacker } from '../policy/set-packer.js';
import { chunks } from './chunks.js';
import type { TokenSides } from './data.js';

/** log pi_ref(y|x) of both sides of pairs, nats, summed over completion tokens: [pairs] each. */
export interface ReferenceLogps {
  readonly chosen: Float64Array;
  readonly rejected: Float64Array;
}

/** log pi(y|x) of every row, nats, summed over completion tokens: [rows]. */
export async function sequenceLogps(
  policy: NetworkModule,
  rows: readonly TokenRow[],
  shape: BatchShape,
): Promise<Float64Array> {
  const out = new Float64Array(rows.length);
  let filled = 0;
  for (const batch of chunks(rows, shape)) {
    const logps = completionSums(await policy.tokenLogps(batch));
    out.set(logps, filled);
    filled += logps.length;
  }
  return out;
}

/** Of both sides of pairs, which share their prompts: each is computed once. */
export async function pairLogps(
  policy: NetworkModule,
  { chosen, rejected }: TokenSides,
  shape: BatchShape,
): Promise<ReferenceLogps> {
  const n = chosen.length;
  const packer = new SetPacker(n, (i) => [chosen[i]!, rejected[i]!], shape, policy.packing);
  const most = Math.max(1, Math.floor(policy.rowsAtOnce(shape.completion) / 2));
  const size = Math.ceil(n / Math.ceil(n / most));
  const out = { chosen: new Float64Array(n), rejected: new Float64Array(n) };
  for (let start = 0; start < n; start += size) {
    // Batches are equally large, so that one graph serves them all; the last may repeat its last pair.
    const indices = Array.from({ length: size }, (_, j) => Math.min(start + j, n - 1));
    const sums = completionSums(await policy.tokenLogps(packer.batch(indices)));
    const there = Math.min(size, n - start);
    out.chosen.set(sums.subarray(0, there), start);
    out.rejected.set(sums.subarray(size, size + there), start);
  }
  return out;
}
