import type { Report } from './model.js';

type RewardModel = Report['rewardModels'][number];

/** Counts, flags and scales: they say how a figure came about, and are none themselves. */
const BOOKKEEPING = /(^|\/)pairs$|^stopped_early$|^normalisation\//;

/** Names of the figures that compare reward models; report.json and report.csv have every number. */
export const rewardMeasures = (models: readonly RewardModel[]): string[] =>
  [...new Set(models.flatMap(({ figures }) => Object.keys(figures)))].filter(
    (measure) => !BOOKKEEPING.test(measure),
  );

/** What its test figures are on. */
export function testedOn({ runs, figures }: RewardModel): string {
  const seeds = `${runs} ${runs === 1 ? 'run' : 'runs'}`;
  const pairs = figures['test/pairs'];
  return pairs === undefined ? seeds : `${seeds}, ${Math.round(pairs.mean)} test pairs each`;
}
