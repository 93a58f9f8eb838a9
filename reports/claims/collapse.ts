import type { Evidence } from './decide.js';
import { measured, slope } from './frontier.js';
import { scatter } from './figures.js';
import { klOf, param, type Seed } from './runs.js';

/** F4: does beta matter to DPO within one epoch? Statistic: slope of KL on log beta. Rule: below 0. */
export function finiteBudget(seeds: readonly Seed[]): Evidence[] {
  const points = (seed: Seed) => seed.of('one-epoch').flatMap((run) => (run.end === null ? [] : [[param(run, 'beta'), klOf(run.end)] as const]));
  const figure = scatter('beta', 'KL after one epoch of DPO', 'Each line is one seed. Flat: beta does nothing at this budget.', { x: 'beta', y: 'KL(policy ‖ start), nats', logX: true }, seeds.flatMap((seed) => points(seed).map(([x, y]) => ({ name: 'DPO', seed: seed.seed, x, y }))));
  return [{ id: 'F4', claim: 'At one epoch a higher beta still keeps DPO closer to the start: collapse is asymptotic.', scenario: 'strings of 6 letters, DPO for one epoch at beta .1 to 3', statistic: 'slope of exact KL on log beta, nats', values: measured(seeds, (seed) => slope(points(seed).map(([beta, kl]) => [Math.log(beta), kl]))), rule: { below: 0 }, reported: null, figure }];
}

/** F6: IPO stops where it says. Statistic: 95th percentile of h over the training pairs, in units of 1/(2 tau), at the worst tau. Rule: at most 1.1. */
export function control(seeds: readonly Seed[]): Evidence[] {
  const reach = (seed: Seed) => seed.of('ipo').flatMap((run) => { const h = run.outcome.summary['train/gap_p95']; return h === undefined ? [] : [[param(run, 'beta'), h * 2 * param(run, 'beta')] as const]; });
  const figure = scatter('target', 'How far IPO goes on its training pairs', 'Each line is one seed: the 95th percentile of log-ratio gaps over the target; 1 is the target.', { x: 'tau', y: '95th percentile of h · 2 tau', logX: true }, seeds.flatMap((seed) => reach(seed).map(([x, y]) => ({ name: 'IPO', seed: seed.seed, x, y }))));
  return [{ id: 'F6', claim: 'IPO stops at its target on the pairs it was trained on, at every tau.', scenario: 'strings of 6 letters, IPO for two epochs', statistic: '95th percentile of h over 1/(2 tau), the worst tau', values: measured(seeds, (seed) => Math.max(...reach(seed).map(([, y]) => y))), rule: { below: 1.1 }, reported: null, figure }];
}
