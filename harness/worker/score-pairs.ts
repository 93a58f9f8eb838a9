import { packBatch } from '../policy/batch.js';
import type { NetworkModule } from '../policy/module.js';
import type { PairRow } from '../store/records.js';
import { type TokenData, tokenPairs } from './data.js';

/** How a reward fares on test pairs that no run has trained on. Accuracy counts ties as half. */
export async function scorePairs(reward: NetworkModule, data: TokenData, pairs: readonly PairRow[]): Promise<Record<string, number>> {
  if (pairs.length === 0) return {};
  const { chosen, rejected } = tokenPairs(data, pairs, 'held-out pairs');
  const better = await reward.scores(packBatch(chosen, data.shape));
  const worse = await reward.scores(packBatch(rejected, data.shape));
  const out: Record<string, number> = { 'test/accuracy': agreement(Array.from(better, (x, i) => Math.sign(x - worse[i]!))), 'test/pairs': pairs.length };
  const known = pairs.flatMap((p, i) => (p.goldChosen === null || p.goldRejected === null ? [] : [Math.sign(better[i]! - worse[i]!) * Math.sign(p.goldChosen - p.goldRejected)]));
  // Labels are noisy; agreement with the gold order is what a perfect reward would have at 1.
  if (known.length > 0) out['test/gold_agreement'] = agreement(known);
  return out;
}

const agreement = (signs: readonly number[]): number => signs.reduce((sum, s) => sum + (s > 0 ? 1 : s === 0 ? 0.5 : 0), 0) / signs.length;
