import { seedInterval } from '../../harness/stats/interval.js';
import type { Evidence } from './decide.js';
import { areaBetween, finals, measured, type Point } from './frontier.js';
import { type Mark, scatter } from './figures.js';
import { klOf, type Seed } from './runs.js';

const SCENARIO = 'strings of 6 letters, final policies over a sweep of beta (KL coefficient), exact KL and gold reward';
export const NORMALISED = 'gold reward as a share of the most that the exact frontier gives at any KL reached';

/** F14, F15: algorithms at equal KL. Statistic: mean difference of normalised gold along sqrt(KL) over the common range. */
export function matched(seeds: readonly Seed[]): Evidence[] {
  const between = (a: string, b: string): number[] => measured(seeds, (seed) => areaBetween(finals(seed, a), finals(seed, b)));
  const names = { dpo: 'DPO', ppo: 'PPO', online: 'online DPO', optimum: 'exact RL, same reward' } as const;
  const marks: Mark[] = seeds.flatMap((seed) => Object.entries(names).flatMap(([stage, name]) => finals(seed, stage).map(({ kl, y }) => ({ name, seed: seed.seed, x: kl, y }))));
  const figure = scatter('frontiers', 'Normalised gold reward against KL', 'Each line joins the final policies of one seed over its sweep, from the start at 0; higher at the same KL is better.', { x: 'KL(policy ‖ start), nats', y: 'normalised gold reward' }, marks);
  const shared = { scenario: SCENARIO, figure };
  const ppoDpo = between('ppo', 'dpo');
  const ppoOnline = between('ppo', 'online');
  const lost = seedInterval(between('ppo', 'optimum').map((d) => Float64Array.of(d)));
  const note = lost === null ? {} : { note: `PPO minus the exact optimum of its own reward, the same way: ${[lost.mean, ...(lost.ci ?? [])].map((x) => x.toFixed(3)).join(', ').replace(/, (.*)$/, ' [$1]')}` };
  const statistic = (pair: string): string => `${pair}: ${NORMALISED}, averaged along sqrt(KL) over the common range`;
  return [
    { ...shared, id: 'F14', claim: 'DPO turns KL into gold reward better than PPO.', statistic: statistic('PPO minus DPO'), values: ppoDpo, ...note, rule: { below: -0.02 }, reported: 'IMDb: reward .9 at KL 1-2 for DPO, 10-12 for PPO (second-hand)' },
    { ...shared, id: 'F14-match', claim: 'DPO and PPO match at equal KL.', statistic: statistic('PPO minus DPO'), values: ppoDpo, rule: { within: [-0.02, 0.02] }, reported: 'TL;DR: DPO wins 61.7%, PPO 57.0% of 256 prompts; gold-like reward on HH .611 and .718; PPO ahead by .7 points on average in Ivison et al.; none at equal KL (second-hand)' },
    { ...shared, id: 'F15', claim: 'With the loss fixed, online data beat offline data.', statistic: statistic('online DPO minus DPO'), values: between('online', 'dpo'), rule: { above: 0.02 }, reported: 'TL;DR: online DPO wins 63.7%, loses 7.7% against offline DPO, human judges (second-hand)' },
    { ...shared, id: 'F15-loss', claim: 'With the data online, the RL loss adds nothing.', statistic: statistic('PPO minus online DPO'), values: ppoOnline, rule: { within: [-0.02, 0.02] }, reported: null },
  ];
}

/** F10: what IPO pays on Bradley-Terry preferences. Statistic: frontier efficiency, read at equal KL. */
export function squaredPays(seeds: readonly Seed[]): Evidence[] {
  const efficiencies = (seed: Seed, stage: string): Point[] => seed.of(stage).flatMap(({ end }) => (end?.exact?.frontierEfficiency == null ? [] : [{ kl: klOf(end), y: end.exact.frontierEfficiency }]));
  const marks = seeds.flatMap((seed) => (['dpo', 'ipo'] as const).flatMap((stage) => efficiencies(seed, stage).map(({ kl, y }) => ({ name: stage.toUpperCase(), seed: seed.seed, x: kl, y }))));
  return [{ id: 'F10', claim: 'IPO pays on Bradley-Terry preferences: below DPO on the frontier at equal KL.', scenario: `${SCENARIO}, labels at temperature 1, rewards of standard deviation 2, tau = beta/4`, statistic: 'DPO minus IPO: gain as a share of the exact frontier at the same KL, averaged along sqrt(KL) over the common range', values: measured(seeds, (seed) => areaBetween(efficiencies(seed, 'dpo'), efficiencies(seed, 'ipo'))), rule: { above: 0.02 }, reported: 'a toy language model: gold 2.90 at KL 5.5 for DPO, 2.54 at 2.9 for IPO (second-hand)', figure: scatter('efficiency', 'Frontier efficiency against KL', 'Share of the exact frontier\'s gain at the policy\'s own KL; 1 is the best any policy can do there.', { x: 'KL(policy ‖ start), nats', y: 'frontier efficiency' }, marks) }];
}
