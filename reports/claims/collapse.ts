import { slope } from '../../harness/stats/least-squares.js';
import { mean } from '../../harness/stats/moments.js';
import type { Evidence } from './decide.js';
import { KL_AXIS, marksOf, scatter } from './figures.js';
import { finals, klOf, measured, numberOf, type Result, type Seed } from './runs.js';
import { EPOCHS } from './stages.js';

/** Runs by learning rate, each group in the order of the plan. */
export function byRate<T extends Result>(runs: readonly T[]): T[][] {
  const rates = [...new Set(runs.map((run) => numberOf(run, 'learningRate')))];
  return rates.map((rate) => runs.filter((run) => numberOf(run, 'learningRate') === rate));
}

/**
 * F4: does beta matter to DPO within one epoch? Statistic: slope of KL on log beta, at the learning rate
 * where it falls least, so that no rate is chosen. Rule: below 0.
 */
export function finiteBudget(seeds: readonly Seed[]): Evidence[] {
  const groups = (seed: Seed) =>
    byRate(finals(seed, 'one-epoch')).map((runs) =>
      runs.map((run) => ({ x: numberOf(run, 'beta'), y: klOf(run.end) })),
    );
  return [
    {
      id: 'F4',
      claim: 'At one epoch a higher beta still keeps DPO closer to the start: collapse is asymptotic.',
      scenario: 'strings of 5 letters, DPO for one epoch at beta .2 and 1, two learning rates',
      statistic: 'slope of exact KL on log beta, nats, at the learning rate where it falls least',
      values: measured(seeds, (seed) => {
        const slopes = groups(seed).map((points) => slope(points.map(({ x, y }) => [Math.log(x), y])));
        return slopes.length === 0 || slopes.includes(null) ? null : Math.max(...(slopes as number[]));
      }),
      rule: { below: 0 },
      reported: null,
      figure: scatter(
        'beta',
        'KL after one epoch of DPO',
        'Each line is one seed. Flat: beta does nothing at this budget.',
        { x: 'beta', y: KL_AXIS, logX: true },
        marksOf(seeds, {
          'DPO, slower': (seed) => groups(seed)[0] ?? [],
          'DPO, faster': (seed) => groups(seed)[1] ?? [],
        }),
      ),
    },
  ];
}

/** How far the log-ratio gap may go on growing and still be said to have stopped. */
const STOPPED = 1.1;

/**
 * F6: IPO stops. Statistic: log of what three times the epochs make of the 95th percentile of h over the
 * training pairs, mean over learning rates; rule: at most a tenth more. Not h against 1/(2 tau): where
 * strings occur in several pairs their targets contradict each other (a over b over c asks for 2/(2 tau)
 * between a and c), so that the percentile lies by the target whether or not training has stopped.
 */
export function control(seeds: readonly Seed[]): Evidence[] {
  const reach = (seed: Seed, stage: string) =>
    seed.of(stage).flatMap((run) => {
      const h = run.outcome.summary['train/gap_p95'];
      return h === undefined ? [] : [{ epochs: numberOf(run, 'epochs'), h }];
    });
  return [
    {
      id: 'F6',
      claim: 'IPO stops: training on leaves it where it is on the pairs it was trained on.',
      scenario:
        'strings of 5 letters, the better string always wins, IPO at tau .1 ' +
        `for ${EPOCHS.short} and for ${EPOCHS.long} epochs`,
      statistic:
        'log of the 95th percentile of h after the longer training over that after the shorter one, ' +
        'mean over two learning rates',
      values: measured(seeds, (seed) => {
        const [brief, long] = [reach(seed, 'ipo'), reach(seed, 'ipo-long')];
        if (brief.length === 0 || brief.length !== long.length) return null;
        return mean(brief.map(({ h }, i) => Math.log(long[i]!.h / h)));
      }),
      rule: { below: Math.log(STOPPED) },
      reported: null,
      note:
        'the first protocol held the percentile to 1.1/(2 tau), which contradictory targets of strings in ' +
        'several pairs decide',
      figure: scatter(
        'target',
        'How far IPO goes on its training pairs',
        'Each line is one seed, at the mean of two learning rates; flat: it has stopped.',
        { x: 'epochs', y: '95th percentile of h, nats' },
        marksOf(seeds, {
          IPO: (seed) =>
            ['ipo', 'ipo-long'].flatMap((stage) => {
              const found = reach(seed, stage);
              if (found.length === 0) return [];
              return [{ x: found[0]!.epochs, y: mean(found.map(({ h }) => h)) }];
            }),
        }),
      ),
    },
  ];
}
