import { mean } from '../../harness/stats/moments.js';
import { readJsonl } from '../../harness/store/jsonl.js';
import { runPaths } from '../../harness/store/layout.js';
import type { StepRow } from '../../harness/store/records.js';
import type { Evidence } from './decide.js';
import { type Mark, marksOf, scatter } from './figures.js';
import { measured, numberOf, param, type Result, type Seed } from './runs.js';

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
 * F20: of the training pairs that begin ranked wrongly by more than the clamp, how many stay wrong? Taken at
 * the learning rate that leaves fewest, so that none is chosen. Rule: at least 90 %.
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
        'strings of 5 letters, reward models whose differences begin at about 40, clamp at 10, 4 epochs, ' +
        'two learning rates',
      statistic:
        'share still ranked wrongly at the end, of the training pairs that began wrong by more than 10, ' +
        'at the learning rate that leaves fewest',
      values: measured(seeds, (seed) => {
        const shares = rates.flatMap((rate) => uncorrected(seed, rate) ?? []);
        return shares.length < rates.length || shares.length === 0 ? null : Math.min(...shares);
      }),
      rule: { above: 0.9 },
      reported: null,
      ...(rates.length === 0 ? {} : { note: atEachRate(seeds, marks, rates) }),
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

/** Of the pairs that began wrong by more than the clamp, the share that stayed wrong; null if unknown. */
const uncorrected = (seed: Seed, rate: number): number | null =>
  models(seed, true, rate)[0]?.outcome.summary['clamp/uncorrected'] ?? null;

/** What became of all training pairs, and of those that began beyond the clamp. */
function atEachRate(seeds: readonly Seed[], marks: readonly Mark[], rates: readonly number[]): string {
  const wrong = (clamped: boolean, rate: number): string =>
    percent(marks.filter(({ name, x }) => name === seriesName(clamped) && x === rate).map(({ y }) => y));
  const said = rates.map((rate) => {
    const beyond = percent(measured(seeds, (seed) => uncorrected(seed, rate)));
    return (
      `at learning rate ${rate} ${wrong(true, rate)} of all training pairs end ranked wrongly, without the ` +
      `clamp ${wrong(false, rate)}, and ${beyond} of those that began beyond it`
    );
  });
  return said.join('; ');
}

const percent = (shares: readonly number[]): string => `${Math.round(100 * mean(shares))}%`;
