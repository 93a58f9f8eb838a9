import { slope } from '../../harness/stats/least-squares.js';
import { mean } from '../../harness/stats/moments.js';
import { byRate } from './collapse.js';
import type { Evidence } from './decide.js';
import { KL_AXIS, marksOf, scatter } from './figures.js';
import { finals, klOf, measured, numberOf, rewardOf, type Seed } from './runs.js';
import { EPOCHS } from './stages.js';

/** Log of a policy's exact KL at the log of its objective's beta, in the reward's own units. */
interface AtBeta {
  readonly beta: number;
  readonly kl: number;
}

/** By learning rate. */
const direct = (seed: Seed, stage: string): AtBeta[][] =>
  byRate(finals(seed, stage)).map((runs) =>
    runs.map((run) => ({ beta: Math.log(numberOf(run, 'beta')), kl: Math.log(klOf(run.end)) })),
  );

/**
 * The optimum of RL on a reward fitted at each learning rate. It is taken of the reward over its standard
 * deviation, so its beta in the reward's own units is the parameter times that.
 */
function twoStage(seed: Seed): AtBeta[][] {
  return byRate(seed.of('reward')).map((rewards) =>
    finals(seed, 'optimum').flatMap((run) => {
      const own = rewardOf(seed, run);
      const deviation = own?.outcome.summary['normalisation/std'];
      if (own === undefined || deviation === undefined || !rewards.includes(own)) return [];
      return [{ beta: Math.log(numberOf(run, 'beta') * deviation), kl: Math.log(klOf(run.end)) }];
    }),
  );
}

/**
 * Log KL at a beta by the parabola through three of them (log KL bends in log beta: its slope goes from -2
 * at large betas to 0 at small ones); null where there are not three.
 */
export function klAt(points: readonly AtBeta[], beta: number): number | null {
  if (points.length !== 3) return null;
  return points.reduce((sum, point, i) => {
    const others = points.filter((_, j) => j !== i);
    return sum + others.reduce((y, o) => (y * (beta - o.beta)) / (point.beta - o.beta), point.kl);
  }, 0);
}

/**
 * Log of the KL of penalised DPO over that of exact RL on the penalised reward at the same beta, each side
 * the mean over its learning rates.
 */
function excessOverTwoStage(seed: Seed): number | null {
  const [mine, theirs] = [direct(seed, 'penalised').flat(), twoStage(seed)];
  if (mine.length === 0 || theirs.length === 0) return null;
  const excesses = mine.flatMap(({ beta, kl }) =>
    theirs.map((points) => kl - (klAt(points, beta) ?? Number.NaN)),
  );
  return mean(excesses);
}

/** How strongly log KL falls with log beta, mean over learning rates. */
function response(groups: readonly AtBeta[][]): number | null {
  const slopes = groups.map((points) => slope(points.map(({ beta, kl }) => [beta, kl])));
  return slopes.length === 0 || slopes.includes(null) ? null : mean(slopes as number[]);
}

const CERTAIN = 'strings of 5 letters, the better string always wins, lambda .01, two learning rates a side';
const EXACT = 'exact RL: the optimum of the reward at that beta, over all strings';

/**
 * F7: a penalty gives beta back its meaning. Statistic: slope of log KL on log beta, penalised reward with
 * exact RL minus DPO; rule: below 0. In logarithms, because the range of KL in nats that the first protocol
 * read is the difference of two large numbers whose spread grows with them (its interval was 2.7 nats wide).
 */
export function rangeOfBeta(seeds: readonly Seed[]): Evidence[] {
  return [
    {
      id: 'F7',
      claim: 'A penalty on the reward model gives beta back its meaning where DPO collapses.',
      scenario: `${CERTAIN}, ${EPOCHS.fitted} epochs, beta .3 and 1; ${EXACT}`,
      statistic: 'slope of log KL on log beta, penalised reward with exact RL minus DPO',
      values: measured(seeds, (seed) => {
        const [penalised, plain] = [response(twoStage(seed)), response(direct(seed, 'dpo'))];
        return penalised === null || plain === null ? null : penalised - plain;
      }),
      rule: { below: 0 },
      reported: null,
      note: 'in logarithms: the range of KL in nats, read before, varies more the larger it is',
      figure: betaFigure('range-of-beta', seeds, { DPO: (seed) => direct(seed, 'dpo') }),
    },
  ];
}

/**
 * F8: it is the penalty, not RL. Statistic: log of the KL of penalised DPO over that of exact RL on the
 * penalised reward at the same beta; rule: within a tenth. A ratio is symmetric only in its logarithm.
 */
export function penalty(seeds: readonly Seed[]): Evidence[] {
  return [
    {
      id: 'F8',
      claim: 'It is the penalty, not RL: DPO with the same penalty ends at the same KL.',
      scenario: `${CERTAIN}, ${EPOCHS.fitted} epochs, beta .5; ${EXACT}`,
      statistic: 'log of the KL of penalised DPO over that of exact RL on the penalised reward, same beta',
      values: measured(seeds, excessOverTwoStage),
      rule: { within: [-Math.log(1.1), Math.log(1.1)] },
      reported: null,
      figure: betaFigure('penalty', seeds, { 'penalised DPO': (seed) => direct(seed, 'penalised') }),
    },
  ];
}

/** @param series beside the two-stage optimum */
function betaFigure(id: string, seeds: readonly Seed[], series: Record<string, (seed: Seed) => AtBeta[][]>) {
  const places = (groups: (seed: Seed) => AtBeta[][]) => (seed: Seed) =>
    (groups(seed)[0] ?? []).map(({ beta, kl }) => ({ x: Math.exp(beta), y: Math.exp(kl) }));
  return scatter(
    id,
    'KL against beta where labels are certain',
    'Each line is one seed at the slower learning rate. Flat: beta has lost its meaning.',
    { x: 'beta', y: KL_AXIS, logX: true },
    marksOf(seeds, {
      ...Object.fromEntries(Object.entries(series).map(([name, groups]) => [name, places(groups)])),
      'exact RL, penalised': places(twoStage),
    }),
  );
}
