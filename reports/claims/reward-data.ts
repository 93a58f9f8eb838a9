import type { Evidence } from './decide.js';
import { falls, goldFall } from './falls.js';
import { scatter } from './figures.js';
import { FEW_PAIRS } from './members.js';
import type { Seed } from './runs.js';
import { PAIRS } from './stages.js';

/**
 * F11, second half: a reward model fitted on more data can be followed further. Statistic: how far gold
 * reward falls from its peak, with few pairs minus with the usual ones, within a seed; rule: above 0. Not the
 * KL of the peak: chosen on a seed's own curve it follows the noise, chosen on the others' it is the same in
 * all.
 */
export function rewardData(few: readonly Seed[], whole: readonly Seed[]): Evidence[] {
  const [scarce, plenty] = [few, whole].map((seeds) => falls(seeds, 'ppo-long'));
  const rows = scarce!.flatMap((one) => {
    const other = plenty!.find(({ seed }) => seed.seed === one.seed.seed);
    return other === undefined ? [] : [{ seed: one.seed.seed, fall: [goldFall(one), goldFall(other)] }];
  });
  return [
    {
      id: 'F11-data',
      claim: 'The fewer pairs the reward model has seen, the more PPO loses after its peak.',
      scenario:
        `strings of 5 letters, reward models on ${FEW_PAIRS} and ${PAIRS} pairs, ` +
        'PPO at KL coefficient .01 and two learning rates',
      statistic: `fall of normalised gold from its peak, ${FEW_PAIRS} pairs minus ${PAIRS}, within a seed`,
      values: rows.map(({ fall }) => fall[0]! - fall[1]!),
      rule: { above: 0 },
      reported: null,
      figure: scatter(
        'reward-data',
        "Fall of gold reward against the reward model's data",
        'Each line is one seed; falling: more data let PPO go further.',
        { x: 'pairs', y: 'normalised gold at the peak minus at the end', logX: true },
        rows.flatMap(({ seed, fall }) =>
          [FEW_PAIRS, PAIRS].map((x, i) => ({ name: 'PPO', seed, x, y: fall[i]! })),
        ),
      ),
    },
  ];
}
