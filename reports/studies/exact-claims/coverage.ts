import type { ClaimRow } from '../../../harness/contracts/analysis.js';
import { decided } from '../../../harness/stats/decided.js';
import { expectedWins, regularisedOptimum, tilted } from '../../../harness/metrics/closed-forms.js';
import type { Rng } from '../../../harness/rng.js';
import { intervalOf } from '../../../harness/stats/interval.js';
import { mlpScores } from './mlp.js';
import { ARMS, claim, normals, perWorld, uniform } from './setting.js';

/**
 * F2: where one arm is in no pair, a network fitted on the others decides its mass, and DPO and two-stage
 * differ.
 */
export function coverage(rng: Rng): ClaimRow {
  const beta = 0.5;
  const unseen = ARMS - 1;
  const differences = perWorld(rng, 30, (own) => {
    const features = Array.from({ length: ARMS }, () => normals(own, 4, 1));
    const reward = normals(own, ARMS, 1.5);
    const reference = uniform(ARMS);
    const wins = expectedWins(reward, reference).map((row, i) =>
      row.map((w, j) => (i === unseen || j === unseen ? 0 : w)),
    );
    const rewards = mlpScores(features, wins, 1, own.split('reward'));
    const scores = mlpScores(features, wins, beta, own.split('policy'));
    return tilted(reference, scores)[unseen]! - regularisedOptimum(reference, rewards, beta).policy[unseen]!;
  });
  const { mean, ci } = intervalOf(differences)!;
  return claim({
    id: 'F2',
    claim: 'Equivalence needs coverage: on an arm that no pair shows, DPO puts more mass than two-stage.',
    scenario:
      `30 worlds, ${ARMS} arms of which one is in no pair, ` +
      'scores from a small network over arm features, beta .5',
    statistic: 'mass on the unseen arm, DPO minus two-stage',
    value: mean,
    ci,
    threshold: 'above 0',
    n: 30,
    verdict: decided('above', 0, mean, ci),
    note:
      'Both stages share the network and its size; ' +
      'what differs is the scale of the target that the network fits.',
  });
}
