import type { Rng } from '../../../harness/rng.js';

export interface GoldParams {
  readonly letters: number;
  readonly length: number;
  readonly rewardSpread: number;
  readonly landscape: 'additive' | 'random';
}

/** Reward of a completion after a prompt, both as letters' ids. */
type Gold = (prompt: readonly number[], completion: readonly number[]) => number;

/**
 * Scores of letters by place, of neighbours, and of letters after the prompt's last one; independent normals,
 * so each sum has a known variance. Or, at random, one normal for each string after each last letter.
 */
export function goldReward({ letters, length, rewardSpread, landscape }: GoldParams, rng: Rng): Gold {
  if (landscape === 'random') {
    return (prompt, completion) =>
      rewardSpread * rng.split('random', prompt.at(-1)!, completion.join()).normal();
  }
  const byPlace = normals(length * letters, rng.split('place'));
  const byNeighbour = normals(letters * letters, rng.split('pair'));
  const byContext = normals(letters * letters, rng.split('context'));
  const scale = rewardSpread / Math.sqrt(3 * length);
  return (prompt, completion) => {
    let sum = 0;
    completion.forEach((id, i) => {
      sum +=
        byPlace[i * letters + id]! +
        byContext[prompt.at(-1)! * letters + id]! +
        (i === 0 ? 0 : byNeighbour[completion[i - 1]! * letters + id]!);
    });
    return sum * scale;
  };
}

const normals = (count: number, rng: Rng): Float64Array =>
  Float64Array.from({ length: count }, () => rng.normal());
