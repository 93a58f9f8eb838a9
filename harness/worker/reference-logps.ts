import { type BatchShape, completionSums, type TokenRow } from '../policy/batch.js';
import type { NetworkModule } from '../policy/module.js';
import { chunks } from './chunks.js';
import type { TokenPairs } from './data.js';

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

export async function pairLogps(
  reference: NetworkModule,
  { chosen, rejected }: Pick<TokenPairs, 'chosen' | 'rejected'>,
  shape: BatchShape,
): Promise<ReferenceLogps> {
  return {
    chosen: await sequenceLogps(reference, chosen, shape),
    rejected: await sequenceLogps(reference, rejected, shape),
  };
}
