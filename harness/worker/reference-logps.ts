import { type BatchShape, completionSums, type TokenRow } from '../policy/batch.js';
import type { NetworkModule } from '../policy/module.js';
import { chunks } from './chunks.js';

/** log pi_ref(y|x) of every row, nats, summed over completion tokens: [rows]. */
export async function referenceLogps(
  reference: NetworkModule,
  rows: readonly TokenRow[],
  shape: BatchShape,
): Promise<Float32Array> {
  const out = new Float32Array(rows.length);
  let filled = 0;
  for (const batch of chunks(rows, shape)) {
    const logps = completionSums(await reference.tokenLogps(batch));
    out.set(logps, filled);
    filled += logps.length;
  }
  return out;
}
