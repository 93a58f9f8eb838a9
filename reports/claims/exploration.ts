import type { StringsParams } from '../../datasets/worlds/strings/dataset.js';
import { peakRarity } from '../../datasets/worlds/strings/rarity.js';
import { slope } from '../../harness/stats/least-squares.js';
import { mean } from '../../harness/stats/moments.js';
import type { Evidence } from './decide.js';
import { KL_AXIS, marksOf, onKl, scatter } from './figures.js';
import { ALONG_KL, areaBetween, NORMALISED, sweep } from './frontier.js';
import { measured, type Seed, START, together } from './runs.js';

export const PPO_MINUS_DPO = `PPO minus DPO: ${NORMALISED}, ${ALONG_KL}`;

/** How far PPO is ahead of DPO at equal KL. */
export const ppoLead = (seed: Seed): number | null => areaBetween(sweep(seed, 'ppo'), sweep(seed, 'dpo'));

/** Parameters of the world that a seed's runs were in. */
export const worldOf = (seed: Seed): StringsParams =>
  seed.of(START)[0]!.spec.dataset.params as unknown as StringsParams;

/**
 * F16: RL explores. Statistic: slope of PPO's lead on log10 of the peak's probability under the corpus.
 * Rules: below 0; no lead where the peak is common.
 * @param members the worlds, by rising probability of the peak
 */
export function exploration(members: readonly (readonly Seed[])[]): Evidence[] {
  const leads = together(members).map((row) =>
    row.flatMap((seed) => {
      const lead = ppoLead(seed);
      return lead === null ? [] : [[peakRarity(worldOf(seed), seed.seed), lead] as const];
    }),
  );
  const whereCommon = leads.flatMap((row) => {
    const common = row.filter(([rarity]) => rarity >= -1);
    return common.length === 0 ? [] : [mean(common.map(([, lead]) => lead))];
  });
  const scenario =
    'strings of 4 letters in four worlds whose corpus shows the optimum from almost never to often';
  const figure = scatter(
    'exploration',
    "PPO's lead against the rarity of the optimum",
    'Each line is one seed over four worlds; falling: RL pays where the optimum is rare.',
    { x: "log10 of the optimum's probability under the corpus", y: 'PPO minus DPO, normalised gold' },
    leads.flatMap((row, i) => row.map(([x, y]) => ({ name: 'PPO minus DPO', seed: i, x, y }))),
  );
  return [
    {
      id: 'F16',
      claim: "The rarer the optimum under the reference, the larger PPO's lead over DPO.",
      scenario,
      statistic: "slope of the lead on log10 of the optimum's probability",
      values: measured(leads, slope),
      rule: { below: 0 },
      reported: null,
      figure,
    },
    {
      id: 'F16-common',
      claim: 'Where the optimum is common (probability .1 and more) PPO and DPO match.',
      scenario,
      statistic: PPO_MINUS_DPO,
      values: whereCommon,
      rule: { within: [-0.02, 0.02] },
      reported: null,
      figure,
    },
  ];
}

/** F17: exploration without signal gives nothing. Rule: PPO's lead at most .02. */
export const needle = (seeds: readonly Seed[]): Evidence[] => [
  {
    id: 'F17',
    claim: 'Where the gold reward of a string says nothing of any other, PPO gains nothing over DPO.',
    scenario: 'strings of 4 letters, every string with a random score of its own',
    statistic: PPO_MINUS_DPO,
    values: measured(seeds, ppoLead),
    rule: { below: 0.02 },
    reported: null,
    figure: scatter(
      'needle',
      'Normalised gold reward against KL on a random landscape',
      'Each line joins the final policies of one seed.',
      { x: KL_AXIS, y: 'normalised gold reward' },
      marksOf(seeds, {
        DPO: (seed) => sweep(seed, 'dpo').map(onKl),
        PPO: (seed) => sweep(seed, 'ppo').map(onKl),
      }),
    ),
  },
];
