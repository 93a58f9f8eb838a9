/** What happens to a reward before it is placed on a token. */
export interface ScoreOptions {
  readonly rewardClip: number | null;
  readonly missingEos: 'none' | 'replace' | 'subtract';
  readonly missingEosPenalty: number;
}

/** One score a completion: the reward, clipped to ±rewardClip, and then changed where the end token is missing. */
export function shapedScores(
  rewards: ArrayLike<number>,
  finished: readonly boolean[],
  options: ScoreOptions,
): number[] {
  const { rewardClip: c, missingEos, missingEosPenalty } = options;
  return Array.from(rewards, (r, i) => {
    const score = c === null ? r : Math.min(c, Math.max(-c, r));
    if (finished[i] || missingEos === 'none') return score;
    return missingEos === 'replace' ? -missingEosPenalty : score - missingEosPenalty;
  });
}
