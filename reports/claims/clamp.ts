import { mean } from '../../harness/stats/moments.js';
import { readJsonl } from '../../harness/store/jsonl.js';
import { runPaths } from '../../harness/store/layout.js';
import type { StepRow } from '../../harness/store/records.js';
import type { Evidence } from './decide.js';
import { type Mark, marksOf, scatter } from './figures.js';
import { measured, numberOf, param, type Result, type Seed } from './runs.js';

/** The learning rate that the claim is decided at. */
const RATE = 0.002;

/** A seed's reward models with or without the clamp, at one learning rate. */
const models = (seed: Seed, clamped: boolean, rate: number): Result[] =>
  seed.of('clamped').filter((run) => {
    const hasClamp = param(run, 'clampDifference') !== null;
    return hasClamp === clamped && numberOf(run, 'learningRate') === rate;
  });

/** Share of training pairs that a reward model ranks wrongly in its last epoch of four, ties as wrong. */
function wrongAtEnd({ dir }: Result): number {
  const rows = readJsonl<StepRow>(runPaths(dir).steps);
  const lastEpoch = rows.slice(Math.floor((rows.length * 3) / 4));
  return 1 - mean(lastEpoch.map(({ metrics }) => metrics['rewards/accuracies']!));
}

const seriesName = (clamped: boolean): string => (clamped ? 'clamped at 10' : 'not clamped');

/**
 * F20: of the training pairs that begin ranked wrongly by more than the clamp, how many stay wrong? Rule: at
 * least 90 %.
 */
export function clamp(seeds: readonly Seed[]): Evidence[] {
  const tried = seeds.flatMap((seed) => seed.of('clamped').map((run) => numberOf(run, 'learningRate')));
  const rates = [...new Set(tried)].sort((a, b) => a - b);
  const places = (clamped: boolean) => (seed: Seed) =>
    rates.flatMap((x) => models(seed, clamped, x).map((run) => ({ x, y: wrongAtEnd(run) })));
  const marks = marksOf(seeds, {
    [seriesName(true)]: places(true),
    [seriesName(false)]: places(false),
  });
  return [
    {
      id: 'F20-clamp',
      claim:
        'A clamp on differences leaves nine of ten pairs that begin ranked wrongly beyond it uncorrected.',
      scenario:
        'strings of 6 letters, reward models whose differences begin at about 40, clamp at 10, 4 epochs, ' +
        'learning rate .002',
      statistic:
        'share still ranked wrongly at the end, of the training pairs that began wrong by more than 10',
      values: uncorrected(seeds, RATE),
      rule: { above: 0.9 },
      reported: null,
      ...(rates.length === 0 ? {} : { note: atBothRates(seeds, marks, rates[0]!) }),
      figure: scatter(
        'clamp',
        'Training pairs ranked wrongly in the last epoch',
        'Each line is one seed; ' +
          'a pair beyond the clamp moves only with what the others teach the network they share.',
        { x: 'learning rate', y: 'share ranked wrongly', logX: true },
        marks,
      ),
    },
  ];
}

/** Of the pairs that began wrong by more than the clamp, the share that stayed wrong: one number a seed. */
const uncorrected = (seeds: readonly Seed[], rate: number): number[] =>
  measured(seeds, (seed) => models(seed, true, rate)[0]?.outcome.summary['clamp/uncorrected'] ?? null);

/** What became of all training pairs, at the learning rate that decides and at the slowest one tried. */
function atBothRates(seeds: readonly Seed[], marks: readonly Mark[], slow: number): string {
  const wrong = (clamped: boolean, rate: number): string => {
    const own = marks.filter(({ name, x }) => name === seriesName(clamped) && x === rate);
    return percent(own.map(({ y }) => y));
  };
  return (
    `at the end ${wrong(true, RATE)} of all training pairs are ranked wrongly, ` +
    `without the clamp ${wrong(false, RATE)}; ` +
    `at learning rate ${slow} ${wrong(true, slow)} and ${wrong(false, slow)}, ` +
    `and ${percent(uncorrected(seeds, slow))} of those that began beyond the clamp`
  );
}

const percent = (shares: readonly number[]): string => `${Math.round(100 * mean(shares))}%`;
