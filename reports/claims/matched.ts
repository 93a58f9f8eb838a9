import { intervalOf } from '../../harness/stats/interval.js';
import type { Evidence } from './decide.js';
import { along, BUDGET_AXIS, EQUAL_KL, GOLD_AXIS, lead, leadOf } from './equal-kl.js';
import { marksOf, scatter } from './figures.js';
import { measured, type Seed } from './runs.js';
import { PAIRS } from './stages.js';

/** Where families are compared at equal KL. */
export const FAMILIES =
  `strings of 5 letters, ${PAIRS} pairs, ` +
  'three configurations of strength and learning rate each, exact gold';

/** Within this much of the exact frontier's gain two families match. */
export const MATCH = [-0.02, 0.02] as const;

/**
 * F14, F15: families at equal KL. F15 is read against offline DPO whose pairs the same reward labelled, drawn
 * from its own Bradley-Terry model, so that only where the completions come from differs; the loss is then
 * read against that.
 */
export function matched(seeds: readonly Seed[]): Evidence[] {
  const between = (a: string, b: string): number[] => measured(seeds, (seed) => lead(seed, a, b));
  const of = (stage: string) => (seed: Seed) => along(seed, stage);
  const figure = scatter(
    'frontiers',
    'Normalised gold reward at equal KL',
    'Each line is one seed: what the mixture that the chooser picks at each budget is worth on test ' +
      'prompts; higher at the same budget is better.',
    { x: BUDGET_AXIS, y: GOLD_AXIS },
    marksOf(seeds, {
      DPO: of('dpo'),
      PPO: of('ppo'),
      'online DPO': of('online'),
      'DPO, relabelled': of('relabelled'),
    }),
  );
  const shared = { scenario: FAMILIES, figure };
  const ppoMinusDpo = between('ppo', 'dpo');
  return [
    {
      ...shared,
      id: 'F14',
      claim: 'DPO turns KL into gold reward better than PPO.',
      statistic: `PPO minus DPO: ${EQUAL_KL}`,
      values: ppoMinusDpo,
      rule: { below: -0.02 },
      reported: 'IMDb: reward .9 at KL 1-2 for DPO, 10-12 for PPO (second-hand)',
    },
    {
      ...shared,
      id: 'F14-match',
      claim: 'DPO and PPO match at equal KL.',
      statistic: `PPO minus DPO: ${EQUAL_KL}`,
      values: ppoMinusDpo,
      rule: { within: MATCH },
      reported:
        'TL;DR: DPO wins 61.7%, PPO 57.0% of 256 prompts; gold-like reward on HH .611 and .718; ' +
        'PPO ahead by .7 points on average in Ivison et al.; none at equal KL (second-hand)',
    },
    {
      ...shared,
      id: 'F15',
      claim: 'With loss and labels fixed, online data beat offline data.',
      statistic: `online DPO minus DPO relabelled by the same reward: ${EQUAL_KL}`,
      values: between('online', 'relabelled'),
      rule: { above: 0.02 },
      reported: 'TL;DR: online DPO wins 63.7%, loses 7.7% against offline DPO, human judges (second-hand)',
      ...labelsNote(seeds),
    },
    {
      ...shared,
      id: 'F15-loss',
      claim: 'With the data online, the RL loss adds nothing.',
      statistic: `PPO minus online DPO: ${EQUAL_KL}`,
      values: between('ppo', 'online'),
      rule: { within: MATCH },
      reported: null,
    },
  ];
}

const OFFLINE = ['dpo', 'relabelled'];
const RL = ['online', 'ppo'];

/**
 * What the labels alone do, and what follows for whoever counts relabelled DPO as offline: the reward that
 * chooses prefers it (METHOD.md, *The value of a family at a KL budget*).
 */
function labelsNote(seeds: readonly Seed[]): { note?: string } {
  const shown = (a: readonly string[], b: readonly string[]): string | null => {
    const interval = intervalOf(measured(seeds, (seed) => leadOf(seed, a, b)));
    if (interval === null) return null;
    const [mean, ...ends] = [interval.mean, ...(interval.ci ?? [])].map((x) => x.toFixed(3));
    return ends.length === 0 ? mean! : `${mean} [${ends.join(', ')}]`;
  };
  const labels = shown(['relabelled'], ['dpo']);
  if (labels === null) return {};
  const [against, alone] = [shown(RL, OFFLINE), shown(RL, ['dpo'])];
  const said = [
    `the reward's labels instead of the data's, the same way: ${labels}`,
    `DPO and relabelled DPO together, as the chooser picks, minus DPO: ${shown(OFFLINE, ['dpo'])}`,
    `PPO and online DPO together, as the chooser picks, minus those two: ${against}; minus DPO: ${alone}`,
  ];
  return { note: said.slice(0, against === null ? 2 : 3).join('. ') };
}
