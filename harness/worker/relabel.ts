import { mapped } from '../lazy-list.js';
import type { NetworkModule } from '../policy/module.js';
import type { Rng } from '../rng.js';
import type { PairRow } from '../store/records.js';
import type { Relabel } from '../store/spec.js';
import { chunks } from './chunks.js';
import type { TokenData } from './data.js';

/** Pairs with a reward's labels. */
export interface Relabelled {
  readonly pairs: readonly PairRow[];
  /** Share of the pairs whose label is still that of the data; of soft labels, as expected of a draw. */
  readonly agreement: number;
  /** How likely each label is; absent: they are certain. */
  readonly chances?: readonly number[];
}

/** Rewards of both completions of a pair, in the reward's raw units. */
export interface PairScores {
  readonly chosen: number;
  readonly rejected: number;
}

/**
 * Labels pairs anew. `drawn`: a beats b with probability sigma(r_a - r_b), the model that the reward was
 * fitted with (Bradley & Terry 1952); `argmax`: the higher reward wins, a tie is one fair coin. Which of the
 * two is called a is decided by their texts, so that nothing of the data's label is left; nor is its margin.
 * A pair's draw hangs on its id alone: stages with the same reward have the same labels. `soft` draws none:
 * the one that is more likely to win stands as chosen, with its probability.
 * @param scores one for each pair
 * @param rng split by the pair's id
 */
export function relabel(
  pairs: readonly PairRow[],
  scores: readonly PairScores[],
  how: Relabel['how'],
  rng: Rng,
): Relabelled {
  const labels = scores.map(({ chosen, rejected }, i) => {
    const pair = pairs[i]!;
    const chosenIsA = pair.chosen < pair.rejected;
    const difference = chosenIsA ? chosen - rejected : rejected - chosen;
    const chance = chanceOf(difference, how);
    const aWins = how === 'soft' ? chance >= 0.5 : rng.split(pair.id).bernoulli(chance);
    const stays = aWins === chosenIsA;
    const sure = how === 'soft' ? Math.max(chance, 1 - chance) : 1;
    return { stays, kept: stays ? sure : 1 - sure, chance: sure };
  });
  const kept = labels.reduce((sum, label) => sum + label.kept, 0);
  return {
    pairs: mapped(pairs, (pair, i) => (labels[i]!.stays ? { ...pair, margin: null } : swapped(pair))),
    agreement: pairs.length === 0 ? 0 : kept / pairs.length,
    ...(how === 'soft' ? { chances: labels.map(({ chance }) => chance) } : {}),
  };
}

/** That a wins, given its reward less the other's. */
function chanceOf(difference: number, how: Relabel['how']): number {
  if (how !== 'argmax') return 1 / (1 + Math.exp(-difference));
  return difference === 0 ? 0.5 : difference > 0 ? 1 : 0;
}

const swapped = (pair: PairRow): PairRow => ({
  ...pair,
  chosen: pair.rejected,
  rejected: pair.chosen,
  margin: null,
  goldChosen: pair.goldRejected,
  goldRejected: pair.goldChosen,
});

/** Rewards of pairs before normalisation, whose scale is that of the reward's own Bradley-Terry model. */
export async function rawScores(
  reward: NetworkModule,
  data: TokenData,
  pairs: readonly PairRow[],
): Promise<readonly PairScores[]> {
  const { mean, std } = reward.normalisation ?? { mean: 0, std: 1 };
  const scored = async (completion: (pair: PairRow) => string): Promise<number[]> => {
    const rows = mapped(pairs, (pair) => data.row(pair.prompt, completion(pair), pair.id, pair.closed));
    const out: number[] = [];
    for (const batch of chunks(rows, data.shape)) {
      for (const score of await reward.scores(batch)) out.push(mean + std * score);
    }
    return out;
  };
  const [chosen, rejected] = [await scored((p) => p.chosen), await scored((p) => p.rejected)];
  return chosen.map((score, i) => ({ chosen: score, rejected: rejected[i]! }));
}
