import type { ClaimRow } from '../../../harness/contracts/analysis.js';
import { decided } from '../../../harness/stats/decided.js';
import {
  logisticLoss,
  minimisePairLoss,
  sigmoid,
  squaredLoss,
  tilted,
} from '../../../harness/metrics/closed-forms.js';
import { BETAS, CERTAIN, claim } from './setting.js';

/** F3: where one arm always wins, DPO's loss falls without end; IPO's has its minimum at h = 1/(2 tau). */
export function collapse(): ClaimRow {
  const interior = BETAS.concat(10).filter((beta) => !fallsUntil(10, beta)).length;
  const errors = BETAS.map((tau) => {
    const scores = minimisePairLoss(CERTAIN, squaredLoss(tau));
    return Math.abs(tilted([0.5, 0.5], scores)[0]! - sigmoid(1 / (2 * tau)));
  });
  const worst = Math.max(...errors, interior);
  return claim({
    id: 'F3',
    claim: 'With certain preferences DPO has no interior optimum at any beta; IPO stops at its own.',
    scenario:
      'two arms, p = 1; DPO followed by Newton steps to h = 10 for beta in [.05, 10]; IPO at tau in [.05, 5]',
    statistic:
      'betas where the DPO loss stops falling, plus the largest error of IPO against sigma(1/(2 tau))',
    value: worst,
    threshold: 'at most 1e-9',
    n: BETAS.length,
    verdict: decided('below', 1e-9, worst),
  });
}

/** Whether the DPO loss of a certain pair falls at every step until the log-ratio gap is h. */
function fallsUntil(h: number, beta: number): boolean {
  // Newton in m = beta h adds 1/sigma(m), about 1, at every step; first-order methods would not get there.
  const loss = logisticLoss();
  let m = 0;
  let before = Number.POSITIVE_INFINITY;
  while (m / beta < h) {
    if (!(loss.value(m) < before)) return false;
    before = loss.value(m);
    m += 1 / sigmoid(m);
  }
  return true;
}
