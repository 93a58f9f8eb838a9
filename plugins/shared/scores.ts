import { number, oneOf, type ParamsOf } from '../../harness/index.js';

/**
 * What may happen to a reward before an algorithm sees it, the same words and meaning in every plugin that
 * learns from its own samples, with this plugin's default for completions without an end.
 */
export const scoreProperties = (missingEos: 'none' | 'replace' | 'subtract') => ({
  missingEos: oneOf(['none', 'replace', 'subtract'], {
    default: missingEos,
    description:
      'A completion without end token: keep its score, replace it by -missingEosPenalty, or subtract that',
  }),
  missingEosPenalty: number({
    min: 0,
    default: 1,
    description: 'See missingEos; units of the normalised reward',
  }),
  rewardClip: number({
    above: 0,
    nullable: true,
    default: null,
    description: 'Clip scores to ± this before missingEos; null: no clip',
  }),
});

/** The values of `scoreProperties`. */
export type ScoreOptions = ParamsOf<ReturnType<typeof scoreProperties>>;

/**
 * The reward of each completion, clipped to ±rewardClip, then changed where it has no end token.
 * @param rewards one a completion, in units of the normalised reward
 * @param finished whether each has an end token
 */
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
