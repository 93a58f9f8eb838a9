import type { Evidence } from './decide.js';
import { marksOf, scatter } from './figures.js';
import {
  type Final,
  finals,
  goldOf,
  klOf,
  measured,
  normalisedGold,
  numberOf,
  param,
  rewardOf,
  type Seed,
} from './runs.js';

type Advantages = 'raw' | 'whitened' | 'rank';

/** A seed's PPO run with these advantages, on the reward at this scale. */
const ppo = (seed: Seed, advantages: Advantages, scale: number): Final | undefined =>
  finals(seed, 'ppo').find((run) => {
    const reward = rewardOf(seed, run);
    return (
      param(run, 'advantages') === advantages && reward !== undefined && numberOf(reward, 'scale') === scale
    );
  });

/** What a hundred times the reward changes. Null where one of the two runs is missing. */
function change(
  seed: Seed,
  advantages: Advantages,
  compare: (one: Final, hundred: Final) => number,
): number | null {
  const [one, hundred] = [ppo(seed, advantages, 1), ppo(seed, advantages, 100)];
  return one === undefined || hundred === undefined ? null : compare(one, hundred);
}

/** Normalised gold lost at a hundred times the reward. */
const lost = (seed: Seed, advantages: Advantages): number | null =>
  change(seed, advantages, (one, hundred) => (goldOf(one.end) - goldOf(hundred.end)) / seed.unit);

function rawMinusWhitened(seed: Seed): number | null {
  const [raw, whitened] = [lost(seed, 'raw'), lost(seed, 'whitened')];
  return raw === null || whitened === null ? null : raw - whitened;
}

/**
 * F20: rewards a hundred times as large. Statistics: normalised gold lost, raw advantages minus whitened
 * (above .05); change of KL with rank advantages (within .1).
 */
export function scale(seeds: readonly Seed[]): Evidence[] {
  const places = (advantages: Advantages) => (seed: Seed) =>
    [1, 100].flatMap((x) => {
      const run = ppo(seed, advantages, x);
      return run === undefined ? [] : [{ x, y: normalisedGold(seed, run) }];
    });
  const scenario =
    'strings of 6 letters, PPO at KL coefficient .1, the same reward model at standard deviation 1 and 100';
  const figure = scatter(
    'scale',
    'Gold reward against the scale of the reward',
    'Each line is one seed; flat: blind to the scale.',
    { x: 'standard deviation of the reward', y: 'normalised gold reward', logX: true },
    marksOf(seeds, { raw: places('raw'), whitened: places('whitened'), rank: places('rank') }),
  );
  return [
    {
      id: 'F20-scale',
      claim: 'Raw advantages lose gold reward where rewards are large; whitened ones do not.',
      scenario,
      statistic: 'normalised gold lost from scale 1 to 100, raw minus whitened',
      values: measured(seeds, rawMinusWhitened),
      rule: { above: 0.05 },
      reported: null,
      figure,
    },
    {
      id: 'F20-rank',
      claim: 'Rank advantages do not change where the policy ends when rewards are rescaled.',
      scenario,
      statistic: 'KL at scale 100 over KL at scale 1, minus 1',
      values: measured(seeds, (seed) =>
        change(seed, 'rank', (one, hundred) => klOf(hundred.end) / klOf(one.end) - 1),
      ),
      rule: { within: [-0.1, 0.1] },
      reported: null,
      figure,
      note: 'ranks do not see the scale, so the two runs are the same by construction',
    },
  ];
}
