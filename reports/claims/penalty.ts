import { mean } from '../../harness/stats/moments.js';
import { locate, sharedRange } from '../../harness/stats/piecewise.js';
import type { Evidence } from './decide.js';
import { KL_AXIS, marksOf, scatter } from './figures.js';
import { finals, klOf, measured, numberOf, rewardOf, type Seed } from './runs.js';

/** A policy's exact KL at the beta of its objective, in the units of the reward before normalisation. */
interface AtBeta {
  readonly beta: number;
  readonly kl: number;
}

const direct = (seed: Seed, stage: string): AtBeta[] =>
  finals(seed, stage).map((run) => ({ beta: numberOf(run, 'beta'), kl: klOf(run.end) }));

/**
 * The optimum is taken of the reward over its standard deviation, so its beta in the reward's own units is
 * the parameter times that.
 */
const twoStage = (seed: Seed): AtBeta[] =>
  finals(seed, 'optimum').flatMap((run) => {
    const deviation = rewardOf(seed, run)?.outcome.summary['normalisation/std'];
    return deviation === undefined ? [] : [{ beta: numberOf(run, 'beta') * deviation, kl: klOf(run.end) }];
  });

/** KL at a beta, log KL linear in log beta; null outside the sweep. */
function klAt(points: readonly AtBeta[], beta: number): number | null {
  const sorted = points.toSorted((a, b) => a.beta - b.beta);
  const logs = sorted.map((point) => Math.log(point.beta));
  const found = locate(logs, Math.log(beta));
  if (found === null) return null;
  const [from, to] = [sorted[found.from]!.kl, sorted[found.to]!.kl];
  return from * (to / from) ** found.share;
}

/** How much KL changes over the betas that both have: a minus b. */
function rangeDifference(a: readonly AtBeta[], b: readonly AtBeta[]): number | null {
  const range = sharedRange([a, b].map((points) => points.map(({ beta }) => beta)));
  if (range === null) return null;
  const change = (points: readonly AtBeta[]): number =>
    Math.abs(klAt(points, range[0])! - klAt(points, range[1])!);
  return change(a) - change(b);
}

/**
 * KL of penalised DPO over that of exact RL on the penalised reward at the same beta, minus 1, averaged over
 * betas.
 */
function excessOverTwoStage(seed: Seed): number | null {
  const penalised = direct(seed, 'penalised');
  const excesses = twoStage(seed).flatMap(({ beta, kl }) => {
    const own = klAt(penalised, beta);
    return own === null ? [] : [own / kl - 1];
  });
  return excesses.length === 0 ? null : mean(excesses);
}

/**
 * F7, F8: labels that are certain. Statistics: range of KL over the betas that both have, penalised reward
 * with exact RL minus long DPO (above 0); and KL of penalised DPO over that of exact RL on the penalised
 * reward at the same beta, minus 1 (within .1).
 */
export function penalty(seeds: readonly Seed[]): Evidence[] {
  const scenario =
    'strings of 6 letters, the better string always wins, lambda .01, beta .1 to 3; ' +
    'exact RL: the optimum of the reward at that beta, over all strings';
  const places = (points: readonly AtBeta[]) => points.map(({ beta, kl }) => ({ x: beta, y: kl }));
  const figure = scatter(
    'penalty',
    'KL against beta where labels are certain',
    'Each line is one seed. Flat: beta has lost its meaning. ' +
      'If the penalty and not RL brings it back, the two penalised lines fall together.',
    { x: 'beta', y: KL_AXIS, logX: true },
    marksOf(seeds, {
      DPO: (seed) => places(direct(seed, 'dpo')),
      'penalised DPO': (seed) => places(direct(seed, 'penalised')),
      'exact RL, penalised': (seed) => places(twoStage(seed)),
    }),
  );
  return [
    {
      id: 'F7',
      claim: 'A penalty on the reward model gives beta back its meaning where DPO collapses.',
      scenario,
      statistic:
        'change of exact KL over the betas that both have, penalised reward with exact RL minus DPO, nats',
      values: measured(seeds, (seed) => rangeDifference(twoStage(seed), direct(seed, 'dpo'))),
      rule: { above: 0 },
      reported: null,
      figure,
    },
    {
      id: 'F8',
      claim: 'It is the penalty, not RL: DPO with the same penalty ends at the same KL.',
      scenario,
      statistic: 'KL of penalised DPO over KL of exact RL on the penalised reward at equal beta, minus 1',
      values: measured(seeds, excessOverTwoStage),
      rule: { within: [-0.1, 0.1] },
      reported: null,
      figure,
    },
  ];
}
