import type { FigureRow } from '../../harness/contracts/analysis.js';
import { trainingFlops } from '../../harness/metrics/training-cost.js';
import type { Evidence } from './decide.js';
import { marksOf, scatter } from './figures.js';
import { goldOf, measured, ppoOnPenalty, type Result, rewardOf, type Seed } from './runs.js';

/** What a run had spent and gained at one evaluation. */
interface Spending {
  readonly flops: number;
  readonly gold: number;
}

/** What a run had spent, its reward model included, at each evaluation. */
function spending(seed: Seed, run: Result): Spending[] {
  const reward = rewardOf(seed, run);
  const before = reward === undefined ? 0 : trainingFlops(reward.outcome.ledger);
  return run.curve.map((row) => ({ flops: before + row.flops, gold: goldOf(row) }));
}

/** Share of DPO's best gain that both have to reach. */
const GOAL = 0.9;

const dpoOf = (seed: Seed): Result | undefined => seed.of('dpo')[0];
const ppoOf = ppoOnPenalty(0);

/** DPO and PPO of one seed on the way to the same gold reward; costs in FLOPs. */
interface Race {
  readonly dpo: Result;
  readonly ppo: Result;
  readonly dpoToGoal: number;
  /** Null where it never got there. */
  readonly ppoToGoal: number | null;
  readonly dpoWhole: number;
  readonly ppoWhole: number;
  /** What PPO had spent when it was ahead of DPO's best for good; null where it never was. */
  readonly crossover: number | null;
}

function race(seed: Seed): Race | null {
  const [dpo, ppo] = [dpoOf(seed), ppoOf(seed)];
  if (dpo === undefined || ppo === undefined) return null;
  const [dpoPath, ppoPath] = [spending(seed, dpo), spending(seed, ppo)];
  const start = dpoPath[0]!.gold;
  const best = Math.max(...dpoPath.map(({ gold }) => gold));
  const goal = start + GOAL * (best - start);
  const toGoal = (path: readonly Spending[]): number | null =>
    path.find(({ flops, gold }) => gold >= goal && flops > 0)?.flops ?? null;
  const lastBehind = ppoPath.findLastIndex(({ gold }) => gold < best);
  return {
    dpo,
    ppo,
    dpoToGoal: toGoal(dpoPath)!,
    ppoToGoal: toGoal(ppoPath),
    dpoWhole: dpoPath.at(-1)!.flops,
    ppoWhole: ppoPath.at(-1)!.flops,
    crossover: ppoPath[lastBehind + 1]?.flops ?? null,
  };
}

/**
 * F19: what PPO costs against DPO. Statistics: FLOPs to 90 % of DPO's best gold gain (a run that never gets
 * there counts with all it spent, a lower bound), and peak resident memory of the process. Rules: ratio above
 * 3; ratio 1.5 to 2.5.
 */
export function cost(seeds: readonly Seed[]): Evidence[] {
  const races = seeds.flatMap((seed) => race(seed) ?? []);
  const scenario = 'reviews, DPO beta .1 for 6 epochs, PPO KL coefficient .02 for 80 rollouts';
  return [
    {
      id: 'F19-compute',
      claim:
        'PPO needs more than three times the compute of DPO for 90% of the gold reward that DPO reaches.',
      scenario,
      statistic: 'log10 of the ratio of FLOPs, reward model charged to PPO',
      values: measured(races, ({ dpoToGoal, ppoToGoal, ppoWhole }) =>
        Math.log10((ppoToGoal ?? ppoWhole) / dpoToGoal),
      ),
      rule: { above: Math.log10(3) },
      reported:
        '14 times the node-hours in TULU-3 8B, 12 times the PF-days of SFT in InstructGPT (second-hand)',
      figure: spendingFigure(seeds),
      note: `${lateNote(races)}; ${crossoverNote(races)}`,
    },
    {
      id: 'F19-memory',
      claim: 'PPO needs 1.5 to 2.5 times the memory of DPO.',
      scenario,
      statistic: 'ratio of peak resident memory of the process',
      values: measured(races, ({ dpo, ppo }) => peakMemory(ppo) / peakMemory(dpo)),
      rule: { within: [1.5, 2.5] },
      reported: 'PPO more than 3 times SFT; four model copies against two (second-hand)',
      figure: memoryFigure(races),
      note: 'the models are so small that the program around them weighs more',
    },
  ];
}

function lateNote(races: readonly Race[]): string {
  const late = races.filter(({ ppoToGoal }) => ppoToGoal === null).length;
  return `${late} of ${races.length} seeds never got there and count as a lower bound`;
}

function crossoverNote(races: readonly Race[]): string {
  const crossed = races.flatMap(({ crossover, dpoWhole }) =>
    crossover === null ? [] : [(crossover / dpoWhole).toFixed(1)],
  );
  const passes = "PPO passes DPO's best for good in";
  const times = "times DPO's whole cost";
  if (crossed.length > 0)
    return `${passes} ${crossed.length} of ${races.length}, at ${crossed.join(', ')} ${times}`;
  const longest = Math.max(0, ...races.map(({ ppoWhole, dpoWhole }) => ppoWhole / dpoWhole));
  return `${passes} none, within ${longest.toFixed(1)} ${times}`;
}

function spendingFigure(seeds: readonly Seed[]): FigureRow | null {
  const spent = (runOf: (seed: Seed) => Result | undefined) => (seed: Seed) => {
    const run = runOf(seed);
    const path = run === undefined ? [] : spending(seed, run);
    return path.filter(({ flops }) => flops > 0).map(({ flops, gold }) => ({ x: flops, y: gold }));
  };
  return scatter(
    'cost',
    'Gold reward against training cost',
    'Each line is one seed on validation prompts; reward models are charged to PPO. ' +
      'The line that is higher at the same cost is the better buy.',
    { x: 'training FLOPs', y: 'gold reward', logX: true },
    marksOf(seeds, { DPO: spent(dpoOf), PPO: spent(ppoOf) }),
  );
}

const peakMemory = (run: Result): number => run.outcome.clock.peakRssBytes;

function memoryFigure(races: readonly Race[]): FigureRow | null {
  const mebibytes = (run: Result): number => peakMemory(run) / 2 ** 20;
  return scatter(
    'memory',
    'Peak memory',
    'One mark a seed; most of either is the program around the models.',
    { x: 'seed', y: 'peak resident memory, MiB' },
    races.flatMap(({ dpo, ppo }, i) => [
      { name: 'DPO', seed: 0, x: i, y: mebibytes(dpo) },
      { name: 'PPO', seed: 0, x: i, y: mebibytes(ppo) },
    ]),
  );
}
