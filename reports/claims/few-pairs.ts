import type { Evidence } from './decide.js';
import { leadChange, PPO_MINUS_DPO, ppoLead } from './exploration.js';
import { scatter } from './figures.js';
import { FEW_PAIRS } from './members.js';
import { measured, type Seed, together } from './runs.js';
import { PAIRS } from './stages.js';

/**
 * F24 (Shi et al. 2025, arXiv:2505.19770, the abstract): in finite samples the two stages of RLHF need fewer
 * pairs than DPO. Proved there for a sparse reward, which this one is not; their other half, exact
 * optimisation under mis-specified classes, is not decided here. Statistic: PPO's lead with few pairs minus
 * with the usual number; rule: above .02.
 */
export function fewPairs(few: readonly Seed[], whole: readonly Seed[]): Evidence[] {
  const rows = together([few, whole]);
  return [
    {
      id: 'F24',
      claim: "The fewer the pairs, the larger PPO's lead over DPO.",
      scenario:
        `strings of 5 letters, ${FEW_PAIRS} and ${PAIRS} pairs, ` +
        'three configurations of strength and learning rate each, exact gold',
      statistic: `${PPO_MINUS_DPO}; ${FEW_PAIRS} pairs minus ${PAIRS}`,
      values: measured(rows, ([a, b]) => leadChange(a!, b!)),
      rule: { above: 0.02 },
      reported: 'significantly fewer samples where the reward is implicitly sparse, a theorem (abstract)',
      figure: scatter(
        'few-pairs',
        "PPO's lead against the number of pairs",
        'Each line is one seed; falling: RL needs fewer pairs.',
        { x: 'pairs', y: 'PPO minus DPO, normalised gold', logX: true },
        rows.flatMap((row) =>
          row.flatMap((seed, i) => {
            const y = ppoLead(seed);
            const x = i === 0 ? FEW_PAIRS : PAIRS;
            return y === null ? [] : [{ name: 'PPO minus DPO', seed: seed.seed, x, y }];
          }),
        ),
      ),
    },
  ];
}
