import type { EvalRow } from '../../harness/store/records.js';
import { preferredKl } from '../report/kl.js';

/** The means of an evaluation by name; what was not measured is left out. */
export function evalMetrics(row: EvalRow): Record<string, number> {
  const all: Record<string, number | undefined> = {
    gold_reward: row.goldReward?.mean,
    proxy_reward: row.proxyReward?.mean,
    win_rate_vs_start: row.winRate?.mean,
    kl: preferredKl(row.kl)?.mean,
    length_tokens: row.length.mean,
    finished_share: row.finishedShare,
    training_flops: row.flops,
  };
  return Object.fromEntries(
    Object.entries(all).filter((entry): entry is [string, number] => entry[1] !== undefined),
  );
}
