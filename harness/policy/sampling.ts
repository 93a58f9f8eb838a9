import type { Rng } from '../rng.js';

export interface SamplingOptions {
  readonly temperature: number;
  readonly topK: number;
  readonly topP: number;
  readonly greedy: boolean;
}

/**
 * Draws one token from a row of logits. The log-probability returned is that of the tempered distribution
 * before top-k / top-p, which is what a KL or a policy ratio needs.
 */
export function sampleToken(
  logits: Float32Array,
  offset: number,
  size: number,
  options: SamplingOptions,
  rng: Rng,
): { token: number; logp: number } {
  const { temperature, topK, topP, greedy } = options;
  let best = 0;
  let max = Number.NEGATIVE_INFINITY;
  for (let i = 0; i < size; i++) {
    const x = logits[offset + i]!;
    if (x > max) [max, best] = [x, i];
  }
  const weights = new Float64Array(size);
  let total = 0;
  for (let i = 0; i < size; i++) total += weights[i] = Math.exp((logits[offset + i]! - max) / temperature);
  const logpOf = (token: number): number => (logits[offset + token]! - max) / temperature - Math.log(total);
  if (greedy) return { token: best, logp: logpOf(best) };
  if (topK > 0 || topP < 1) keepLikeliest(weights, total, topK, topP);
  const token = rng.categorical(weights);
  return { token, logp: logpOf(token) };
}

/** Zeroes all but the k likeliest tokens, then all but the smallest set whose mass reaches p. */
function keepLikeliest(weights: Float64Array, total: number, topK: number, topP: number): void {
  const order = Array.from(weights.keys()).sort((a, b) => weights[b]! - weights[a]! || a - b);
  let kept = topK > 0 ? Math.min(topK, order.length) : order.length;
  if (topP < 1) {
    let mass = 0;
    const limit =
      topP * (kept < order.length ? order.slice(0, kept).reduce((sum, i) => sum + weights[i]!, 0) : total);
    for (let i = 0; i < kept; i++) {
      mass += weights[order[i]!]!;
      if (mass >= limit) kept = i + 1;
    }
  }
  for (const i of order.slice(kept)) weights[i] = 0;
}
