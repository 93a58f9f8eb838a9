import { type PairLoss, softmax } from '../../../harness/metrics/closed-forms.js';
import type { Rng } from '../../../harness/rng.js';
import { Adam } from '../adam.js';

export type Pair = readonly [winner: number, loser: number];

const BATCH = 9;
const STEPS = 18_000;
const EARLY = 1000;

/** Numbers of steps after which the policy is read: early in training and at its end. */
export const BUDGETS = [EARLY, STEPS] as const;

/**
 * A softmax policy over three actions, fitted to pairs with a uniform reference. @returns pi [3] at each of
 * `BUDGETS`
 */
export function train(pairs: readonly Pair[], loss: PairLoss, rng: Rng): [number[], number[]] {
  const theta = [0, 0, 0];
  const optimizer = new Adam(theta);
  let early = theta;
  for (let step = 1; step <= STEPS; step++) {
    const gradient = [0, 0, 0];
    for (let i = 0; i < BATCH; i++) {
      const [winner, loser] = pairs[rng.int(pairs.length)]!;
      // The reference is uniform, so log-ratio gaps are gaps of logits.
      const slope = loss.slope(theta[winner]! - theta[loser]!) / BATCH;
      gradient[winner]! += slope;
      gradient[loser]! -= slope;
    }
    optimizer.update(gradient);
    if (step === EARLY) early = [...theta];
  }
  return [softmax(early), softmax(theta)];
}
