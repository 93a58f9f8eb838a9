import { mean } from '../../harness/stats/moments.js';
import type { Evidence } from './decide.js';
import { scatter } from './figures.js';
import { startDeviation } from './hacking.js';
import { goldOf, measured, numberOf, proxyOf, type Result, type Seed } from './runs.js';
import { ROLLOUTS } from './stages.js';

/** What the proxy gains beyond gold while RL goes on, standard deviations of the first start. */
function gapOf(seed: Seed, { curve }: Result): number {
  const [first, last] = [curve[0]!, curve.at(-1)!];
  return proxyOf(last) - proxyOf(first) - (goldOf(last) - goldOf(first)) / startDeviation(seed);
}

/** Mean gap of the runs that go on from DPO, by DPO's beta, rising. */
function gaps(seed: Seed): { readonly beta: number; readonly gap: number }[] {
  const found = seed.of('onward').flatMap((run) => {
    const start = run.spec.inputs.start === null ? undefined : seed.byId.get(run.spec.inputs.start);
    return start === undefined ? [] : [{ beta: numberOf(start, 'beta'), gap: gapOf(seed, run) }];
  });
  const betas = [...new Set(found.map(({ beta }) => beta))].sort((a, b) => a - b);
  return betas.map((beta) => ({
    beta,
    gap: mean(found.filter((one) => one.beta === beta).map(({ gap }) => gap)),
  }));
}

/**
 * F21 (Sahoo et al. 2026, arXiv:2606.30627, the abstract): the more conservative the offline training that
 * RL goes on from, the more it hacks the reward. There DPO at three betas, a Qwen3-14B, an ensemble of
 * rewards; here two betas and one reward. Statistic: Goodhart gap, the proxy's gain minus gold's during RL,
 * at the high beta minus at the low one; rule: above 0.
 */
export function conservatism(seeds: readonly Seed[]): Evidence[] {
  return [
    {
      id: 'F21',
      claim: 'RL hacks its reward more where the DPO that it goes on from was more conservative.',
      scenario:
        'strings of 5 letters, DPO at beta .1 and 1, then PPO from each at KL coefficient .02 for ' +
        `${ROLLOUTS.usual} rollouts, two learning rates of PPO`,
      statistic:
        "the proxy's gain minus gold's during RL, standard deviations of the start; " +
        'beta 1 minus beta .1, mean over learning rates',
      values: measured(seeds, (seed) => {
        const [low, high] = gaps(seed);
        return low === undefined || high === undefined ? null : high.gap - low.gap;
      }),
      rule: { above: 0 },
      reported: 'Goodhart gap rises with beta, rank correlation 1 over three betas (abstract)',
      figure: scatter(
        'conservatism',
        'Goodhart gap of RL against the beta of the DPO before it',
        'Each line is one seed; rising: conservatism makes RL hack more.',
        { x: 'beta of DPO', y: "the proxy's gain minus gold's", logX: true },
        seeds.flatMap((seed) =>
          gaps(seed).map(({ beta, gap }) => ({ name: 'PPO', seed: seed.seed, x: beta, y: gap })),
        ),
      ),
    },
  ];
}
