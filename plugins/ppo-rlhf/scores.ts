/** What happens to a reward before it is placed on a token. */
export interface ScoreOptions {
  readonly rewardClip: number | null;
  readonly missingEos: 'none' | 'replace' | 'subtract';
  readonly missingEosPenalty: number;
}

/** The reward of each completion, clipped to ±rewardClip, then changed where it has no end token. */
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
