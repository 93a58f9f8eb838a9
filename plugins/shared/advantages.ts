/** A [B, C] array of completion tokens, row-major; each row is real tokens first, then padding. */
export interface Grid {
  readonly columns: number;
  /** 1 on real tokens. */
  readonly mask: ArrayLike<number>;
}

/**
 * Scores replaced by their place in the batch, mean 0, variance 1 without ties:
 *
 *   u_i = (rank_i − (B+1)/2) / √((B²−1)/12),      rank 1 the worst; tied completions share their mean rank
 *
 * A strictly increasing change of the reward leaves every u_i as it is, bit for bit. Ranks are taken of the
 * *score*, before the KL penalty and the value enter: token rewards, returns, values and advantages are then
 * functions of u and the policy alone, so the invariance holds for the whole run with the KL in the reward.
 * (Ranking the advantages would not do: they mix the reward's scale with the KL's and with values learned on
 * that scale.)
 * Completions without an end token share the last place unless `missingEos` is 'none'.
 */
export function rankedScores(
  rewards: ArrayLike<number>,
  finished: readonly boolean[],
  missingEos: 'none' | 'replace',
): number[] {
  const B = rewards.length;
  const key = Array.from(rewards, (r, i) =>
    finished[i] || missingEos === 'none' ? r : Number.NEGATIVE_INFINITY,
  );
  const scale = Math.sqrt((B * B - 1) / 12);
  return key.map((mine) => {
    let below = 0;
    let equal = 0;
    for (const other of key) {
      if (other < mine) below++;
      else if (other === mine) equal++;
    }
    const rank = below + (equal + 1) / 2;
    return B === 1 ? 0 : (rank - (B + 1) / 2) / scale;
  });
}

/**
 * Per-token k1 estimate of KL(π ‖ π_ref), log π − log π_ref, nats [B, C]; 0 on padding. Negative
 * values are right.
 */
export function tokenKl(logps: ArrayLike<number>, refLogps: ArrayLike<number>, { mask }: Grid): Float64Array {
  return Float64Array.from(mask, (m, i) => (m > 0 ? logps[i]! - refLogps[i]! : 0));
}

/**
 * R_t = −β k_t, plus the score at the last real token: [B, C]. (TRL adds it one position later, on the first
 * padding.)
 */
export function tokenRewards(
  kl: ArrayLike<number>,
  scores: readonly number[],
  klCoefficient: number,
  { columns: C, mask }: Grid,
): Float64Array {
  const rewards = Float64Array.from(kl, (k) => -klCoefficient * k);
  scores.forEach((score, b) => {
    let last = C - 1;
    while (last > 0 && mask[b * C + last] === 0) last--;
    rewards[b * C + last]! += score;
  });
  return rewards;
}

/**
 * Generalised advantage estimation, equations 11, 12 and 16 of Schulman et al. 2016,
 * https://arxiv.org/abs/1506.02438
 *
 *   A_t = Σ_{l≥0} (γλ)^l δ_{t+l},    δ_t = R_t + γ V(s_{t+1}) − V(s_t),    V = 0 after the last real token
 *
 * R_t and V(s_t) belong to the prefix *before* token t. The last next-value is 0 also where a completion was
 * cut by the length bound, as in TRL: the cut is the end of the episode.
 * @returns [B, C], 0 on padding
 */
export function generalisedAdvantages(
  rewards: ArrayLike<number>,
  values: ArrayLike<number>,
  { columns: C, mask }: Grid,
  gamma: number,
  lambda: number,
): Float64Array {
  const advantages = new Float64Array(mask.length);
  for (let row = 0; row < mask.length; row += C) {
    let nextValue = 0;
    let nextAdvantage = 0;
    for (let i = row + C - 1; i >= row; i--) {
      if (mask[i] === 0) continue;
      const delta = rewards[i]! + gamma * nextValue - values[i]!;
      advantages[i] = nextAdvantage = delta + gamma * lambda * nextAdvantage;
      nextValue = values[i]!;
    }
  }
  return advantages;
}

/**
 * Share of the returns' variance that the value function explains, over the real tokens of a rollout, as in
 * OpenAI's baselines and cleanrl: 1 where values equal returns, 0 for a constant, negative for worse.
 *
 *   1 − Var(G − V) / Var(G)
 *
 *   G_t = A_t + V(s_t) with A_t before whitening -> returns;  V -> values as they were at sampling
 *
 * @param values [B, C], in reward units; returns too
 * @returns null where returns do not vary beyond float32's rounding: there is nothing to explain
 */
export function explainedVariance(
  values: ArrayLike<number>,
  returns: ArrayLike<number>,
  { mask }: Grid,
): number | null {
  const real = Array.from(mask, (_, i) => i).filter((i) => mask[i]! > 0);
  const mean = (of: (i: number) => number): number => real.reduce((sum, i) => sum + of(i), 0) / real.length;
  const variance = (of: (i: number) => number): number => {
    const centre = mean(of);
    return mean((i) => (of(i) - centre) ** 2);
  };
  const total = variance((i) => returns[i]!);
  if (!(total > 1e-12 * mean((i) => returns[i]! ** 2))) return null;
  return 1 - variance((i) => returns[i]! - values[i]!) / total;
}

/**
 * (A − mean) / √(variance + 1e-8) over the real tokens of the whole rollout, variance biased (Ziegler et al.
 * 2019; TRL's is unbiased). 0 on padding.
 */
export function whitened(advantages: ArrayLike<number>, { mask }: Grid): Float64Array {
  let n = 0;
  let sum = 0;
  for (let i = 0; i < mask.length; i++) if (mask[i]! > 0) [n, sum] = [n + 1, sum + advantages[i]!];
  const mean = sum / n;
  let squares = 0;
  for (let i = 0; i < mask.length; i++) if (mask[i]! > 0) squares += (advantages[i]! - mean) ** 2;
  const scale = 1 / Math.sqrt(squares / n + 1e-8);
  return Float64Array.from(mask, (m, i) => (m > 0 ? (advantages[i]! - mean) * scale : 0));
}
