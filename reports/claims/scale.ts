import type { Evidence } from './decide.js';
import { chosen } from './equal-kl.js';
import { marksOf, scatter } from './figures.js';
import { type Final, finals, measured, normalisedGold, numberOf, type Seed } from './runs.js';

type Advantages = 'raw' | 'whitened';

const STAGES = {
  raw: { 1: 'ppo-raw', 100: 'ppo-raw-hundred' },
  whitened: { 1: 'ppo', 100: 'ppo-hundred' },
} as const;

/** A seed's PPO policy with these advantages on the reward at this scale, of both learning rates. */
function ppo(seed: Seed, advantages: Advantages, scale: 1 | 100): Final | undefined {
  // The family of whitened advantages at scale 1 has a second KL coefficient, which the others lack.
  const shared = finals(seed, STAGES.raw[1])[0];
  if (shared === undefined) return undefined;
  const coefficient = numberOf(shared, 'klCoefficient');
  return chosen(
    finals(seed, STAGES[advantages][scale]).filter((run) => numberOf(run, 'klCoefficient') === coefficient),
  );
}

/** Normalised gold lost at a hundred times the reward. Null where one of the two policies is missing. */
function lost(seed: Seed, advantages: Advantages): number | null {
  const [one, hundred] = [ppo(seed, advantages, 1), ppo(seed, advantages, 100)];
  return one === undefined || hundred === undefined
    ? null
    : normalisedGold(seed, one) - normalisedGold(seed, hundred);
}

function rawMinusWhitened(seed: Seed): number | null {
  const [raw, whitened] = [lost(seed, 'raw'), lost(seed, 'whitened')];
  return raw === null || whitened === null ? null : raw - whitened;
}

/**
 * F20: rewards a hundred times as large. Statistic: normalised gold lost, raw advantages minus whitened, each
 * policy of two learning rates chosen on validation; rule: above .05.
 */
export function scale(seeds: readonly Seed[]): Evidence[] {
  const places = (advantages: Advantages) => (seed: Seed) =>
    ([1, 100] as const).flatMap((x) => {
      const run = ppo(seed, advantages, x);
      return run === undefined ? [] : [{ x, y: normalisedGold(seed, run) }];
    });
  return [
    {
      id: 'F20-scale',
      claim: 'Raw advantages lose gold reward where rewards are large; whitened ones do not.',
      scenario:
        'strings of 5 letters, PPO at KL coefficient .15, the same reward model at standard deviation 1 ' +
        'and 100, two learning rates',
      statistic: 'normalised gold lost from scale 1 to 100, raw minus whitened',
      values: measured(seeds, rawMinusWhitened),
      rule: { above: 0.05 },
      reported: null,
      figure: scatter(
        'scale',
        'Gold reward against the scale of the reward',
        'Each line is one seed; flat: blind to the scale.',
        { x: 'standard deviation of the reward', y: 'normalised gold reward', logX: true },
        marksOf(seeds, { raw: places('raw'), whitened: places('whitened') }),
      ),
    },
  ];
}
