import { TiltyardError } from '../../harness/index.js';

/**
 * The row of the best completion of each prompt, step 2 of algorithm 1 of Dong et al. 2023,
 * https://arxiv.org/abs/2304.06767. Ties go to the first drawn, so that they are decided by chance alone.
 * @param scores one a row, as `ctx.generate` groups them (row r G + g is completion r of prompt g): [R G]
 * @param groups G
 * @returns rows, [G]
 * @throws TiltyardError where the rows do not fill the groups
 */
export function bestRows(scores: readonly number[], groups: number): number[] {
  const size = scores.length / groups;
  if (!Number.isInteger(size) || size < 1) {
    const problem = `raft: ${scores.length} scores of ${groups} prompts`;
    throw new TiltyardError('groups', `${problem}; give as many for each prompt, at least one`);
  }
  return Array.from({ length: groups }, (_, g) => {
    let best = g;
    for (let row = g + groups; row < scores.length; row += groups) {
      if (scores[row]! > scores[best]!) best = row;
    }
    return best;
  });
}

/**
 * What is ranked where the policy is to stay near its reference: the paper's reward with a KL penalty
 *
 *   r̃(x,y) = r(x,y) − β log π_θ(y|x)/π_ref(y|x)
 *
 * At π_θ = π_ref exp(r/β)/Z every completion has r̃ = β log Z: what is kept is then a plain draw of the
 * policy, whatever n, and training has come to its end.
 * @param scores r of each completion: [R G]
 * @param logRatios log π_θ(y|x)/π_ref(y|x) where they were drawn, nats: [R G]
 * @returns [R G]
 */
export const penalisedScores = (
  scores: readonly number[],
  logRatios: readonly number[],
  beta: number,
): number[] => (beta === 0 ? [...scores] : scores.map((r, i) => r - beta * logRatios[i]!));
