import type { Evidence } from './decide.js';
import { leadChange, PPO_MINUS_DPO, ppoLead } from './exploration.js';
import { scatter } from './figures.js';
import { FAMILIES } from './matched.js';
import { measured, type Seed, together } from './runs.js';

/**
 * F23 (Swamy et al. 2025, arXiv:2503.01067, the abstract): RL pays because a reward is simpler to learn than
 * a policy that satisfies it, so that its advantage goes where the reward is as hard as the policy. An
 * additive reward has 52 scores for 4,096 strings; a random one has one for each. Statistic: PPO's lead on
 * the additive landscape minus on the random one; rule: above .02.
 */
export function verification(additive: readonly Seed[], random: readonly Seed[]): Evidence[] {
  const rows = together([additive, random]);
  return [
    {
      id: 'F23',
      claim: "PPO's lead over DPO goes where a reward is no simpler than a policy.",
      scenario: `${FAMILIES}; scores of letters and neighbours, and a score of its own for each string`,
      statistic: `${PPO_MINUS_DPO}; additive landscape minus random`,
      values: measured(rows, ([a, b]) => leadChange(a!, b!)),
      rule: { above: 0.02 },
      reported: 'the most support of several explanations for the value of RL (abstract)',
      figure: scatter(
        'verification',
        "PPO's lead with a simple reward and with none",
        'Each line is one seed; higher at 1: RL pays where the reward is simple.',
        { x: 'reward: 0 random, 1 additive', y: 'PPO minus DPO, normalised gold' },
        rows.flatMap((row) =>
          row.flatMap((seed, i) => {
            const y = ppoLead(seed);
            return y === null ? [] : [{ name: 'PPO minus DPO', seed: seed.seed, x: 1 - i, y }];
          }),
        ),
      ),
    },
  ];
}
