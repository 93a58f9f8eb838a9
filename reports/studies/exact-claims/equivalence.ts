import type { ClaimRow } from '../../../harness/contracts/analysis.js';
import { decided } from '../../../harness/stats/decided.js';
import {
  logisticLoss,
  minimisePairLoss,
  regularisedOptimum,
  sigmoid,
  softmax,
  tilted,
  totalVariation,
} from '../../../harness/metrics/closed-forms.js';
import type { Rng } from '../../../harness/rng.js';
import { ARMS, BETAS, claim, normals, perWorld } from './setting.js';

/** F1: on pairs that are all covered, DPO's minimum is the KL-regularised optimum of BT's reward. */
export function equivalence(rng: Rng): ClaimRow {
  const distances = perWorld(rng, 20, (own) => {
    const reference = softmax(normals(own, ARMS, 1));
    // Preferences need not come from rewards: any probability strictly inside (0, 1) on every pair.
    const scores = Array.from({ length: ARMS }, () => normals(own, ARMS, 1.5));
    const wins = scores.map((row, i) =>
      row.map((_, j) => {
        if (i === j) return 0;
        return (
          reference[i]! * reference[j]! * (i < j ? sigmoid(scores[i]![j]!) : 1 - sigmoid(scores[j]![i]!))
        );
      }),
    );
    const reward = minimisePairLoss(wins, logisticLoss());
    const atBetas = BETAS.map((beta) => {
      const direct = tilted(reference, minimisePairLoss(wins, logisticLoss(beta)));
      return totalVariation(direct, regularisedOptimum(reference, reward, beta).policy);
    });
    return Math.max(...atBetas);
  });
  const worst = Math.max(...distances);
  return claim({
    id: 'F1',
    claim: 'DPO and BT with exact RL reach the same policy where every pair is covered.',
    scenario: `20 worlds of ${ARMS} arms, preferences of any shape in (0, 1), beta in [.05, 5]`,
    statistic: 'largest total variation distance',
    value: worst,
    threshold: 'at most 1e-6',
    n: 20,
    verdict: decided('below', 1e-6, worst),
  });
}
