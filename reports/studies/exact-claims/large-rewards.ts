import type { ClaimRow } from '../../../harness/contracts/analysis.js';
import { decided } from '../../../harness/stats/decided.js';
import { sigmoid } from '../../../harness/metrics/closed-forms.js';
import type { Rng } from '../../../harness/rng.js';
import { ranks } from '../../../harness/stats/ranks.js';
import { claim, normals } from './setting.js';

/** F20: beyond the clamp a difference has no gradient, so that gradient descent cannot correct it. */
export function clampedDifference(rng: Rng): ClaimRow {
  const clamp = 10;
  const pairs = 1000;
  let stuck = 0;
  for (let pair = 0; pair < pairs; pair++) {
    let difference = -clamp - rng.uniform() * 5 - 1e-6;
    for (let step = 0; step < 2000; step++) {
      if (Math.abs(difference) < clamp) difference += 0.1 * sigmoid(-difference);
    }
    if (difference < 0) stuck++;
  }
  return claim({
    id: 'F20-clamp',
    claim:
      'Clamping the difference to [-10, 10] leaves pairs that are mis-ranked by more than 10 as they are.',
    scenario: `${pairs} pairs that start between -10 and -15, 2,000 gradient steps`,
    statistic: 'share that stays mis-ranked',
    value: stuck / pairs,
    threshold: 'at least .9',
    n: pairs,
    verdict: stuck / pairs >= 0.9 ? 'supported' : 'refuted',
  });
}

/** F20: ranks are blind to every increasing transform of the reward. */
export function rankAdvantages(rng: Rng): ClaimRow {
  const scores = normals(rng.split('scores'), 256, 1);
  const before = ranks(scores);
  const transforms = [
    (r: number) => 100 * r + 3,
    Math.sinh,
    (r: number) => Math.atan(r),
    (r: number) => r ** 3,
  ];
  const changed = transforms.map(
    (transform) => ranks(scores.map(transform)).filter((rank, i) => rank !== before[i]).length,
  );
  const worst = Math.max(...changed);
  return claim({
    id: 'F20-rank',
    claim: 'Rank advantages do not change under increasing transforms of the reward.',
    scenario: '256 scores under 100r + 3, sinh r, atan r and r^3',
    statistic: 'largest number of ranks that change',
    value: worst,
    threshold: 'at most 0',
    n: 4,
    verdict: decided('below', 0, worst),
    note: 'The policy that PPO learns from ranks is then the same to the bit: test/plugins/ppo-rlhf.',
  });
}
