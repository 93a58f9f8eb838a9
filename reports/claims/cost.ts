import { bestWithin } from '../../harness/metrics/compute-budget.js';
import { mean } from '../../harness/stats/moments.js';
import type { Evidence } from './decide.js';
import { marksOf, scatter } from './figures.js';
import { chooserOf, costOf, type Final, finals, measured, normalisedGold, type Seed } from './runs.js';
import { ROLLOUTS } from './stages.js';

/** Schedules of different lengths. */
const FAMILIES = { DPO: ['dpo', 'one-epoch'], PPO: ['ppo', 'ppo-short'] } as const;

/** PPO may spend this many times what DPO's policy cost, and has to reach this share of its gain. */
const TIMES = 3;
const GOAL = 0.9;

/** A trained policy, and what it took to have it: FLOPs. */
interface Bought {
  readonly cost: number;
  readonly gold: number;
}

const runsOf = (seed: Seed, family: keyof typeof FAMILIES): Final[] =>
  FAMILIES[family].flatMap((stage) => finals(seed, stage));

/** The best policy, by the chooser, that a budget buys. Null where it buys none. */
function buy(seed: Seed, family: keyof typeof FAMILIES, budget: number): Bought | null {
  const runs = runsOf(seed, family);
  const purchases = runs.map((run) => ({ cost: costOf(seed, run), score: chooserOf(run.curve.at(-1)!) }));
  const best = bestWithin(purchases, budget);
  return best === null ? null : { cost: purchases[best]!.cost, gold: normalisedGold(seed, runs[best]!) };
}

/** DPO's policy, and PPO's for three times its cost. */
function atThreeTimes(seed: Seed): { readonly dpo: Bought; readonly ppo: Bought | null } | null {
  const dpo = buy(seed, 'DPO', Number.POSITIVE_INFINITY);
  if (dpo === null || runsOf(seed, 'PPO').length === 0) return null;
  return { dpo, ppo: buy(seed, 'PPO', TIMES * dpo.cost) };
}

/**
 * F19: what PPO costs against DPO. Statistic: normalised gold of the PPO policy that three times the cost of
 * DPO's buys, minus 90 % of DPO's; rule: below 0. Every seed has a number; compute until a run first passes a
 * goal, as it was read before, had none where it never did (5 of 12 seeds), and counted a noisy first
 * passage. Where the budget buys no PPO at all, the start's value stands.
 */
export function cost(seeds: readonly Seed[]): Evidence[] {
  const found = seeds.flatMap((seed) => atThreeTimes(seed) ?? []);
  return [
    {
      id: 'F19',
      claim:
        'PPO needs more than three times the compute of DPO for 90% of the gold reward that DPO reaches.',
      scenario:
        'strings of 5 letters, DPO for one and two epochs, ' +
        `PPO for ${ROLLOUTS.short} and ${ROLLOUTS.usual} rollouts, ` +
        'two strengths and two learning rates; chosen on validation',
      statistic:
        "normalised gold of what three times DPO's cost buys of PPO, minus 90% of DPO's; " +
        'cost: training FLOPs, with the reward that it used and the one that chose it',
      values: measured(found, ({ dpo, ppo }) => (ppo?.gold ?? 0) - GOAL * dpo.gold),
      rule: { below: 0 },
      reported:
        '14 times the node-hours in TULU-3 8B, 12 times the PF-days of SFT in InstructGPT (second-hand)',
      figure: scatter(
        'cost',
        'Gold reward against training cost',
        'Each mark is a policy at the end of its schedule; rewards are charged. ' +
          'The line that is higher at the same cost is the better buy.',
        { x: 'training FLOPs', y: 'normalised gold reward', logX: true },
        marksOf(seeds, { DPO: places('DPO'), PPO: places('PPO') }),
      ),
      ...costNote(found),
    },
  ];
}

const places = (family: keyof typeof FAMILIES) => (seed: Seed) =>
  runsOf(seed, family).map((run) => ({ x: costOf(seed, run), y: normalisedGold(seed, run) }));

function costNote(found: readonly { readonly dpo: Bought; readonly ppo: Bought | null }[]): {
  note?: string;
} {
  const ratios = found.flatMap(({ dpo, ppo }) => (ppo === null ? [] : [ppo.cost / dpo.cost]));
  if (ratios.length === 0) return {};
  return {
    note:
      `the PPO that is bought costs ${mean(ratios).toFixed(1)} times DPO's; ` +
      `in ${found.length - ratios.length} of ${found.length} seeds none can be had`,
  };
}
