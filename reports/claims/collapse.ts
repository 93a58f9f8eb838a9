import { slope } from '../../harness/stats/least-squares.js';
import type { Evidence } from './decide.js';
import { KL_AXIS, marksOf, scatter } from './figures.js';
import { finals, klOf, measured, numberOf, type Seed } from './runs.js';

/** F4: does beta matter to DPO within one epoch? Statistic: slope of KL on log beta. Rule: below 0. */
export function finiteBudget(seeds: readonly Seed[]): Evidence[] {
  const points = (seed: Seed) =>
    finals(seed, 'one-epoch').map((run) => ({ x: numberOf(run, 'beta'), y: klOf(run.end) }));
  return [
    {
      id: 'F4',
      claim: 'At one epoch a higher beta still keeps DPO closer to the start: collapse is asymptotic.',
      scenario: 'strings of 6 letters, DPO for one epoch at beta .1 to 3',
      statistic: 'slope of exact KL on log beta, nats',
      values: measured(seeds, (seed) => slope(points(seed).map(({ x, y }) => [Math.log(x), y]))),
      rule: { below: 0 },
      reported: null,
      figure: scatter(
        'beta',
        'KL after one epoch of DPO',
        'Each line is one seed. Flat: beta does nothing at this budget.',
        { x: 'beta', y: KL_AXIS, logX: true },
        marksOf(seeds, { DPO: points }),
      ),
    },
  ];
}

/**
 * F6: IPO stops where it says. Statistic: 95th percentile of h over the training pairs, in units of 1/(2
 * tau), at the worst tau. Rule: at most 1.1.
 */
export function control(seeds: readonly Seed[]): Evidence[] {
  const reach = (seed: Seed) =>
    seed.of('ipo').flatMap((run) => {
      const [tau, h] = [numberOf(run, 'beta'), run.outcome.summary['train/gap_p95']];
      return h === undefined ? [] : [{ x: tau, y: h * 2 * tau }];
    });
  return [
    {
      id: 'F6',
      claim: 'IPO stops at its target on the pairs it was trained on, at every tau.',
      scenario: 'strings of 6 letters, IPO for two epochs',
      statistic: '95th percentile of h over 1/(2 tau), the worst tau',
      values: measured(seeds, (seed) => Math.max(...reach(seed).map(({ y }) => y))),
      rule: { below: 1.1 },
      reported: null,
      figure: scatter(
        'target',
        'How far IPO goes on its training pairs',
        'Each line is one seed: the 95th percentile of log-ratio gaps over the target; 1 is the target.',
        { x: 'tau', y: '95th percentile of h · 2 tau', logX: true },
        marksOf(seeds, { IPO: reach }),
      ),
    },
  ];
}
