import type { ClaimRow } from '../../../harness/contracts/analysis.js';
import { decided } from '../../../harness/stats/decided.js';
import { logit, unanimous } from '../../../harness/metrics/closed-forms.js';
import type { Rng } from '../../../harness/rng.js';
import { claim } from './setting.js';

/** Chance that the first of two arms wins. */
const P = 0.8;
const PAIRS = 20_000;

/** F5: with few labels a pair, DPO is certain wherever the labels are unanimous. */
export function finiteLabels(rng: Rng): ClaimRow {
  let worst = 0;
  let certainByIpo = 0;
  for (const labels of [1, 3, 5, 10]) {
    const own = rng.split(labels);
    let certainByDpo = 0;
    for (let pair = 0; pair < PAIRS; pair++) {
      let wins = 0;
      for (let label = 0; label < labels; label++) if (own.bernoulli(P)) wins++;
      const frequency = wins / labels;
      // |beta h| of DPO, infinite where the labels are unanimous.
      if (Math.abs(logit(frequency)) > logit(0.95)) certainByDpo++;
      // |beta h| of IPO at tau = beta / 4: at most 2.
      if (Math.abs((frequency - 0.5) * 4) > logit(0.95)) certainByIpo++;
    }
    worst = Math.max(worst, Math.abs(certainByDpo / PAIRS - unanimous(P, labels)));
  }
  const value = Math.max(worst, certainByIpo / PAIRS);
  return claim({
    id: 'F5',
    claim:
      'With k labels a pair, the share of pairs that DPO drives to certainty ' +
      'is the chance of unanimous labels; IPO drives none.',
    scenario:
      'pairs of two arms, p = .8, k in {1, 3, 5, 10}, 20,000 pairs each; ' +
      'certain: |h| > logit(.95)/beta; IPO at tau = beta/4',
    statistic: 'largest distance from p^k + (1-p)^k, or share for IPO',
    value,
    threshold: 'at most .05',
    n: PAIRS,
    verdict: decided('below', 0.05, value),
  });
}
