import { intervalOf } from '../../harness/stats/interval.js';
import type { Evidence } from './decide.js';
import { KL_AXIS, marksOf, onKl, scatter } from './figures.js';
import { ALONG_KL, areaBetween, NORMALISED, sweep } from './frontier.js';
import { measured, type Seed } from './runs.js';

/** Where sweeps are compared at equal KL. */
export const SWEEPS =
  'strings of 6 letters, final policies over a sweep of beta (KL coefficient), exact KL and gold reward';

/**
 * F14, F15: algorithms at equal KL. Statistic: mean difference of normalised gold along sqrt(KL) over the
 * common range.
 */
export function matched(seeds: readonly Seed[]): Evidence[] {
  const between = (a: string, b: string): number[] =>
    measured(seeds, (seed) => areaBetween(sweep(seed, a), sweep(seed, b)));
  const sweepOf = (stage: string) => (seed: Seed) => sweep(seed, stage).map(onKl);
  const figure = scatter(
    'frontiers',
    'Normalised gold reward against KL',
    'Each line joins the final policies of one seed over its sweep, from the start at 0; ' +
      'higher at the same KL is better.',
    { x: KL_AXIS, y: 'normalised gold reward' },
    marksOf(seeds, {
      DPO: sweepOf('dpo'),
      PPO: sweepOf('ppo'),
      'online DPO': sweepOf('online'),
      'exact RL, same reward': sweepOf('optimum'),
    }),
  );
  const shared = { scenario: SWEEPS, figure };
  const statistic = (pair: string): string => `${pair}: ${NORMALISED}, ${ALONG_KL}`;
  const ppoMinusDpo = between('ppo', 'dpo');
  return [
    {
      ...shared,
      id: 'F14',
      claim: 'DPO turns KL into gold reward better than PPO.',
      statistic: statistic('PPO minus DPO'),
      values: ppoMinusDpo,
      ...optimumNote(between('ppo', 'optimum')),
      rule: { below: -0.02 },
      reported: 'IMDb: reward .9 at KL 1-2 for DPO, 10-12 for PPO (second-hand)',
    },
    {
      ...shared,
      id: 'F14-match',
      claim: 'DPO and PPO match at equal KL.',
      statistic: statistic('PPO minus DPO'),
      values: ppoMinusDpo,
      rule: { within: [-0.02, 0.02] },
      reported:
        'TL;DR: DPO wins 61.7%, PPO 57.0% of 256 prompts; gold-like reward on HH .611 and .718; ' +
        'PPO ahead by .7 points on average in Ivison et al.; none at equal KL (second-hand)',
    },
    {
      ...shared,
      id: 'F15',
      claim: 'With the loss fixed, online data beat offline data.',
      statistic: statistic('online DPO minus DPO'),
      values: between('online', 'dpo'),
      rule: { above: 0.02 },
      reported: 'TL;DR: online DPO wins 63.7%, loses 7.7% against offline DPO, human judges (second-hand)',
    },
    {
      ...shared,
      id: 'F15-loss',
      claim: 'With the data online, the RL loss adds nothing.',
      statistic: statistic('PPO minus online DPO'),
      values: between('ppo', 'online'),
      rule: { within: [-0.02, 0.02] },
      reported: null,
    },
  ];
}

/**
 * What PPO leaves of its own objective, where the optimum was taken. @param differences per seed, PPO minus
 * the optimum
 */
function optimumNote(differences: readonly number[]): { note?: string } {
  const interval = intervalOf(differences);
  if (interval === null) return {};
  const [mean, ...ends] = [interval.mean, ...(interval.ci ?? [])].map((x) => x.toFixed(3));
  const shown = ends.length === 0 ? mean : `${mean} [${ends.join(', ')}]`;
  return { note: `PPO minus the exact optimum of its own reward, the same way: ${shown}` };
}
