import { createHash } from 'node:crypto';
import { Rng } from '../rng.js';

/**
 * A generator seeded by the numbers themselves: two readers of one store resample alike and so report one
 * interval, and no one can shop for a seed.
 */
export function rngFromData(values: readonly Float64Array[], label: string): Rng {
  const hash = createHash('sha256').update(label);
  for (const v of values)
    hash.update(`${v.length}:`).update(new Uint8Array(v.buffer, v.byteOffset, v.byteLength));
  return Rng.fromSeed(hash.digest('hex'));
}

/**
 * Uniform index in [0, n) from 32 bits; the bias of at most n / 2^32 is nothing to a bootstrap, and it is
 * twice as fast as `rng.int`.
 */
export const indexFrom = (bits: number, n: number): number => Math.floor(bits * 2.3283064365386963e-10 * n);

export const fastIndex = (rng: Rng, n: number): number => indexFrom(rng.bits(), n);
