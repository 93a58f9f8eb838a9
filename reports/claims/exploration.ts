import type { StringsParams } from '../../datasets/worlds/strings/dataset.js';
import { peakRarity } from '../../datasets/worlds/strings/rarity.js';
import { mean } from '../../harness/stats/moments.js';
import type { Evidence } from './decide.js';
import { along, BUDGET_AXIS, EQUAL_KL, GOLD_AXIS, lead } from './equal-kl.js';
import { marksOf, scatter } from './figures.js';
import { FAMILIES, MATCH } from './matched.js';
import { measured, type Seed, START, together } from './runs.js';

export const PPO_MINUS_DPO = `PPO minus DPO: ${EQUAL_KL}`;

/** How far PPO is ahead of DPO at equal KL. */
export const ppoLead = (seed: Seed): number | null => lead(seed, 'ppo', 'dpo');

/** Parameters of the world that a seed's runs were in. */
export const worldOf = (seed: Seed): StringsParams =>
  seed.of(START)[0]!.spec.dataset.params as unknown as StringsParams;

/** One seed in two members: what they differ by in PPO's lead. Null where one of the leads is missing. */
export function leadChange(a: Seed, b: Seed): number | null {
  const [one, other] = [ppoLead(a), ppoLead(b)];
  return one === null || other === null ? null : one - other;
}

/** The least change of PPO's lead that the claim means, a share of the exact frontier's gain. */
const NOTABLE = 0.05;

/**
 * F16: RL explores. Statistic: PPO's lead where the optimum is rare minus where it is common; rule: above
 * .05, so that no advantage can be told from one too small to matter. Not the slope over four worlds, whose
 * standard error at 32 seeds was four times its value while two of the worlds lay between the others.
 */
export function exploration(rare: readonly Seed[], common: readonly Seed[]): Evidence[] {
  const rows = together([rare, common]);
  const rarities = [0, 1].map((i) => rows.map((row) => peakRarity(worldOf(row[i]!), row[i]!.seed)));
  const scenario = `${FAMILIES}; a corpus that almost never shows the optimum, and one that often does`;
  const figure = scatter(
    'exploration',
    "PPO's lead against the rarity of the optimum",
    'Each line is one seed in two worlds; falling: RL pays where the optimum is rare.',
    { x: "log10 of the optimum's probability under the corpus", y: 'PPO minus DPO, normalised gold' },
    rows.flatMap((row, s) =>
      row.flatMap((seed, i) => {
        const y = ppoLead(seed);
        return y === null ? [] : [{ name: 'PPO minus DPO', seed: seed.seed, x: rarities[i]![s]!, y }];
      }),
    ),
  );
  const means = rarities.map((own) => mean(own).toFixed(1)).join(' and ');
  const note = rows.length === 0 ? {} : { note: `log10 of the optimum's probability: ${means}` };
  return [
    {
      id: 'F16',
      claim: "The rarer the optimum under the reference, the larger PPO's lead over DPO.",
      scenario,
      statistic: `${PPO_MINUS_DPO}; where the optimum is rare minus where it is common`,
      values: measured(rows, ([a, b]) => leadChange(a!, b!)),
      rule: { above: NOTABLE },
      reported: null,
      figure,
      ...note,
    },
    {
      id: 'F16-common',
      claim: 'Where the optimum is common PPO and DPO match.',
      scenario: `${scenario}; the second`,
      statistic: PPO_MINUS_DPO,
      values: measured(common, ppoLead),
      rule: { within: MATCH },
      reported: null,
      figure,
    },
  ];
}

/**
 * F17: exploration without signal gives nothing. A test of equivalence, so that either a lead or a loss of
 * PPO refutes it: below a bound of .02, as it was read before, whatever gains nothing at all supports it.
 */
export const needle = (seeds: readonly Seed[]): Evidence[] => [
  {
    id: 'F17',
    claim: 'Where the gold reward of a string says nothing of any other, PPO and DPO match.',
    scenario: `${FAMILIES}; every string with a random score of its own`,
    statistic: PPO_MINUS_DPO,
    values: measured(seeds, ppoLead),
    rule: { within: MATCH },
    reported: null,
    figure: scatter(
      'needle',
      'Normalised gold reward at equal KL on a random landscape',
      'Each line is one seed.',
      { x: BUDGET_AXIS, y: GOLD_AXIS },
      marksOf(seeds, { DPO: (seed) => along(seed, 'dpo'), PPO: (seed) => along(seed, 'ppo') }),
    ),
  },
];
