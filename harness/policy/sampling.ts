import type { Rng } from '../rng.js';

export interface SamplingOptions {
  readonly temperature: number;
  readonly topK: number;
  readonly topP: number;
  readonly greedy: boolean;
}

/**
 * Draws one token from probabilities `p[offset .. offset + size)`, those of the tempered distribution. The
 * log-probability returned is that before top-k / top-p, which is what a KL or a policy ratio needs.
 */
export function sampleToken(
  p: Float32Array,
  offset: number,
  size: number,
  { topK, topP, greedy }: Omit<SamplingOptions, 'temperature'>,
  rng: Rng,
): { token: number; logp: number } {
  const row = p.subarray(offset, offset + size);
  const token = greedy
    ? likeliest(row)
    : topK > 0 || topP < 1
      ? rng.categorical(likeliestOnly(row, topK, topP))
      : drawn(row, rng.uniform());
  return { token, logp: Math.log(row[token]!) };
}

/** The first of the likeliest. */
function likeliest(p: Float32Array): number {
  let best = 0;
  for (let i = 1; i < p.length; i++) if (p[i]! > p[best]!) best = i;
  return best;
}

/** The token at which the sum of the first exceeds u; p sums to 1 but for rounding. */
function drawn(p: Float32Array, u: number): number {
  let left = u;
  let i = 0;
  // Eight at a time: additions one after another each wait for the one before.
  for (; i + 8 <= p.length; i += 8) {
    const front = p[i]! + p[i + 1]! + (p[i + 2]! + p[i + 3]!);
    const sum = front + (p[i + 4]! + p[i + 5]! + (p[i + 6]! + p[i + 7]!));
    if (sum > left) break;
    left -= sum;
  }
  for (; i < p.length; i++) {
    left -= p[i]!;
    if (left < 0) return i;
  }
  return p.findLastIndex((x) => x > 0);
}

/** Zero for all but the k likeliest tokens, then for all but the smallest set whose mass reaches p. */
function likeliestOnly(p: Float32Array, topK: number, topP: number): Float64Array {
  const order = Array.from(p.keys()).sort((a, b) => p[b]! - p[a]! || a - b);
  let kept = topK > 0 ? Math.min(topK, order.length) : order.length;
  if (topP < 1) {
    const limit = topP * order.slice(0, kept).reduce((sum, i) => sum + p[i]!, 0);
    let mass = 0;
    for (let i = 0; i < kept; i++) {
      mass += p[order[i]!]!;
      if (mass >= limit) kept = i + 1;
    }
  }
  const weights = new Float64Array(p.length);
  for (const i of order.slice(0, kept)) weights[i] = p[i]!;
  return weights;
}
