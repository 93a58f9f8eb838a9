import { standardDeviation } from '../../harness/stats/moments.js';
import { streamJsonl } from '../../harness/store/jsonl.js';
import { runPaths } from '../../harness/store/layout.js';
import type { EvalRow, SampleRow } from '../../harness/store/records.js';
import type { Evidence } from './decide.js';
import { KL_AXIS, type Mark, marksOf, onKl, scatter } from './figures.js';
import { differenceAtMostKl, type Point, trajectory } from './frontier.js';
import { goldOf, measured, ppoOnPenalty, proxyOf, type Seed, START } from './runs.js';

const PENALTIES = [0.01, 0.1];

/** What is read at an evaluation of a seed's run. @param first the run's first evaluation */
type Reading = (seed: Seed, first: EvalRow, row: EvalRow) => number;

/** A seed's PPO run on the reward with this penalty, along its training. Null where there is none. */
function trainingOf(seed: Seed, lambda: number, reading: Reading): Point[] | null {
  const run = ppoOnPenalty(lambda)(seed);
  if (run === undefined) return null;
  const first = run.curve[0]!;
  return trajectory(run, (row) => reading(seed, first, row));
}

/**
 * F13: a penalised reward is hacked less. Statistics, against lambda 0 at the most KL that both reach:
 * difference of the gap between proxy and gold gain (below 0), and of normalised gold (above -.05).
 */
export function penaltyAgainstHacking(seeds: readonly Seed[]): Evidence[] {
  const deviations = new Map(seeds.map((seed) => [seed, startDeviation(seed)]));
  const gap: Reading = (seed, first, row) =>
    proxyOf(row) - proxyOf(first) - (goldOf(row) - goldOf(first)) / deviations.get(seed)!;
  const gold: Reading = (seed, first, row) => (goldOf(row) - goldOf(first)) / seed.unit;
  const figure = scatter(
    'hacking',
    'Proxy gain minus gold gain against KL',
    "Both in standard deviations over the start's samples; a reward that is not hacked stays near 0.",
    { x: KL_AXIS, y: 'proxy gain minus gold gain' },
    marksByPenalty(seeds, gap),
  );
  const golds = scatter(
    'penalised-gold',
    'Normalised gold reward against KL, by penalty',
    'Each line is one seed along training; ' +
      'what a penalty costs is how far its line lies below that of lambda 0.',
    { x: KL_AXIS, y: 'normalised gold reward' },
    marksByPenalty(seeds, gold),
  );
  return PENALTIES.flatMap((lambda): Evidence[] => {
    const scenario =
      `reviews, PPO at KL coefficient .02 on reward models with lambda 0 and ${lambda}, ` +
      'at the most KL that both reach';
    return [
      {
        id: `F13-gap-${lambda}`,
        claim: `A penalty of ${lambda} on the reward model reduces hacking.`,
        scenario,
        statistic: 'gap between proxy and gold gain, penalised minus not, standard deviations of the start',
        values: penalisedMinusPlain(seeds, lambda, gap),
        rule: { below: 0 },
        reported: null,
        figure,
      },
      {
        id: `F13-gold-${lambda}`,
        claim: `A penalty of ${lambda} costs no gold reward.`,
        scenario,
        statistic: 'normalised gold, penalised minus not; 1 is the best mean of the seed',
        values: penalisedMinusPlain(seeds, lambda, gold),
        rule: { above: -0.05 },
        reported: null,
        figure: golds,
      },
    ];
  });
}

/**
 * Standard deviation of gold reward over the start's samples: the unit in which the proxy is normalised too.
 */
function startDeviation(seed: Seed): number {
  const samples = streamJsonl<SampleRow>(runPaths(seed.of(START)[0]!.dir).samples);
  return standardDeviation(Array.from(samples, ({ gold }) => gold ?? Number.NaN));
}

const penalisedMinusPlain = (seeds: readonly Seed[], lambda: number, reading: Reading): number[] =>
  measured(seeds, (seed) => {
    const [penalised, plain] = [trainingOf(seed, lambda, reading), trainingOf(seed, 0, reading)];
    return penalised === null || plain === null ? null : differenceAtMostKl(penalised, plain);
  });

function marksByPenalty(seeds: readonly Seed[], reading: Reading): Mark[] {
  const series = [0, ...PENALTIES].map((lambda) => {
    const places = (seed: Seed) => (trainingOf(seed, lambda, reading) ?? []).map(onKl);
    return [`lambda ${lambda}`, places] as const;
  });
  return marksOf(seeds, Object.fromEntries(series));
}
