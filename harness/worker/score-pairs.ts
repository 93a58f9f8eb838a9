import type { TokenRow } from '../policy/batch.js';
import type { NetworkModule } from '../policy/module.js';
import { mean } from '../stats/moments.js';
import type { PairRow } from '../store/records.js';
import { PAIR_FIGURES, REWARD_FIGURES } from '../store/reward-figures.js';
import { chunks } from './chunks.js';
import { type TokenData, type TokenPairs, tokenPairs } from './data.js';
import { pairLogps, type ReferenceLogps } from './reference-logps.js';

/** How a reward fares on test pairs that no run has trained on. Accuracy counts ties as half. */
export async function scorePairs(
  reward: NetworkModule,
  data: TokenData,
  pairs: readonly PairRow[],
): Promise<Record<string, number>> {
  if (pairs.length === 0) return {};
  const { chosen, rejected } = tokenPairs(data, pairs, 'held-out pairs');
  const scored = async (rows: readonly TokenRow[]): Promise<number[]> => {
    const out: number[] = [];
    for (const batch of chunks(rows, data.shape)) out.push(...(await reward.scores(batch)));
    return out;
  };
  const [better, worse] = [await scored(chosen), await scored(rejected)];
  const signs = better.map((x, i) => Math.sign(x - worse[i]!));
  const withGold = signs.flatMap((sign, i) => {
    const { goldChosen, goldRejected } = pairs[i]!;
    return goldChosen === null || goldRejected === null ? [] : [sign * Math.sign(goldChosen - goldRejected)];
  });
  return {
    [REWARD_FIGURES.accuracy]: agreement(signs),
    [REWARD_FIGURES.pairs]: pairs.length,
    // Labels are noisy: a perfect reward agrees with the gold order always, with the labels less often.
    ...(withGold.length === 0 ? {} : { [REWARD_FIGURES.goldAgreement]: agreement(withGold) }),
  };
}

/**
 * How a policy's implicit reward, log pi/pi_ref, ranks pairs that no run has trained on. Accuracy counts ties
 * as half: a policy that is still its start has .5.
 */
export async function rankPairs(
  policy: NetworkModule,
  reference: ReferenceLogps,
  pairs: TokenPairs,
  data: TokenData,
): Promise<Record<string, number>> {
  const { gaps } = await logRatioGaps(policy, reference, pairs, data);
  return { [PAIR_FIGURES.accuracy]: agreement(gaps.map(Math.sign)), [PAIR_FIGURES.pairs]: gaps.length };
}

/**
 * Where a policy ends on the pairs it was trained on: quantiles of h = log pi/pi_ref(chosen) - log
 * pi/pi_ref(rejected), and the mean log-ratio of the chosen ones (below 0 where they became less likely).
 * Nats.
 */
export async function scoreMargins(
  policy: NetworkModule,
  reference: ReferenceLogps,
  pairs: TokenPairs,
  data: TokenData,
): Promise<Record<string, number>> {
  const { gaps, chosen } = await logRatioGaps(policy, reference, pairs, data);
  const rising = gaps.sort((a, b) => a - b);
  const quantile = (p: number): number => rising[Math.min(rising.length - 1, Math.floor(p * rising.length))]!;
  return {
    'train/gap_p05': quantile(0.05),
    'train/gap_p50': quantile(0.5),
    'train/gap_p95': quantile(0.95),
    'train/chosen_log_ratio': mean(chosen),
  };
}

/**
 * Of each pair h = log pi/pi_ref(chosen) - log pi/pi_ref(rejected), and the first of the two; nats.
 * @param reference from `pairLogps`, as the policy's are here: of equal weights both are the same to the bit
 */
async function logRatioGaps(
  policy: NetworkModule,
  reference: ReferenceLogps,
  pairs: TokenPairs,
  { shape }: TokenData,
): Promise<Record<'gaps' | 'chosen', number[]>> {
  const own = await pairLogps(policy, pairs, shape);
  const chosen = Array.from(own.chosen, (logp, i) => logp - reference.chosen[i]!);
  return { gaps: chosen.map((x, i) => x - (own.rejected[i]! - reference.rejected[i]!)), chosen };
}

const agreement = (signs: readonly number[]): number =>
  signs.reduce((sum, s) => sum + (s > 0 ? 1 : s === 0 ? 0.5 : 0), 0) / signs.length;
