import { standardDeviation } from '../../harness/stats/moments.js';
import { streamJsonl } from '../../harness/store/jsonl.js';
import { runPaths } from '../../harness/store/layout.js';
import type { SampleRow } from '../../harness/store/records.js';
import type { Evidence } from './decide.js';
import { EQUAL_KL, normalised, overBudgets, pool, type Reading } from './equal-kl.js';
import { KL_AXIS, marksOf, scatter } from './figures.js';
import { type Final, finals, klOf, measured, numberOf, proxyOf, rewardOf, type Seed, START } from './runs.js';

const LAMBDA = 0.1;

/** Policies of RL on the reward with this penalty. */
const onPenalty =
  (seed: Seed, lambda: number) =>
  (run: Final): boolean => {
    const reward = rewardOf(seed, run);
    return reward !== undefined && numberOf(reward, 'penalty') === lambda;
  };

/** A statistic at equal KL, with the penalty minus without. */
function penalisedMinusPlain(seed: Seed, read: Reading): number | null {
  const [plain, penalised] = [0, LAMBDA].map((lambda) => pool(seed, 'rloo', onPenalty(seed, lambda)));
  if (plain == null || penalised == null) return null;
  return overBudgets(penalised, read) - overBudgets(plain, read);
}

/**
 * Proxy gain minus gold gain, both in standard deviations over the start's samples, and read on the same
 * samples of the policy. The reward is normalised to the start, where it is 0.
 */
function gap(seed: Seed): Reading {
  const deviation = startDeviation(seed);
  return (run) => (run === null ? 0 : proxyOf(run.end) - (sampledGold(run) - seed.start) / deviation);
}

const sampledGold = ({ end }: Final): number => end.goldReward?.mean ?? Number.NaN;

/**
 * F13: a penalised reward is hacked less. The same RL on both rewards. Statistics at equal KL, against
 * lambda 0: the gap between proxy and gold gain (below 0), and normalised gold (above -.05).
 */
export function penaltyAgainstHacking(seeds: readonly Seed[]): Evidence[] {
  const scenario =
    `strings of 5 letters, RLOO at beta .1 and .5 on reward models with lambda 0 and ${LAMBDA}, ` +
    'the rest alike';
  const places = (lambda: number) => (seed: Seed) =>
    finals(seed, 'rloo')
      .filter(onPenalty(seed, lambda))
      .map((run) => ({ x: klOf(run.end), y: gap(seed)(run) }));
  const figure = scatter(
    'hacking',
    'Proxy gain minus gold gain against KL',
    "Both in standard deviations over the start's samples; a reward that is not hacked stays near 0.",
    { x: KL_AXIS, y: 'proxy gain minus gold gain' },
    marksOf(seeds, { 'lambda 0': places(0), [`lambda ${LAMBDA}`]: places(LAMBDA) }),
  );
  return [
    {
      id: 'F13-gap',
      claim: 'A penalty on the reward model reduces hacking.',
      scenario,
      statistic:
        'gap between proxy and gold gain, standard deviations of the start, mean over KL budgets, ' +
        'penalised minus not',
      values: measured(seeds, (seed) => penalisedMinusPlain(seed, gap(seed))),
      rule: { below: 0 },
      reported: null,
      figure,
    },
    {
      id: 'F13-gold',
      claim: 'A penalty on the reward model costs no gold reward.',
      scenario,
      statistic: `penalised minus not: ${EQUAL_KL}`,
      values: measured(seeds, (seed) => penalisedMinusPlain(seed, normalised(seed))),
      rule: { above: -0.05 },
      reported: null,
      figure,
    },
  ];
}

/**
 * Standard deviation of gold reward over the start's samples: the unit in which the proxy is normalised too.
 */
export function startDeviation(seed: Seed): number {
  const samples = streamJsonl<SampleRow>(runPaths(seed.of(START)[0]!.dir).samples);
  return standardDeviation(Array.from(samples, ({ gold }) => gold ?? Number.NaN));
}
