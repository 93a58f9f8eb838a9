import { TiltyardError } from '../errors.js';
import { readJson } from '../store/atomic.js';
import type { OutcomeRow, PairRow } from '../store/records.js';
import type { PairScoresRow } from '../store/shared.js';
import type { Job } from './job.js';
import { type PairScores, rawScores } from './relabel.js';
import { readShared } from './shared-file.js';

/**
 * Raw rewards of the pairs that a run labels anew: as a score run left them, charged as scoring them is, or
 * else worked out here.
 * @param by id of the run that gave the reward
 */
export async function labelScores(
  { spec: { inputs, stage }, runs, data, models, record }: Job,
  by: string,
  pairs: readonly PairRow[],
): Promise<readonly PairScores[]> {
  if (inputs.scored === undefined) return rawScores(models.reward(by), data, pairs);
  const paths = runs(inputs.scored);
  const { scores, flops } = JSON.parse(readShared(paths, paths.scores, stage)) as PairScoresRow;
  if (scores.length !== pairs.length) {
    const what = `${inputs.scored} has rewards of ${scores.length} pairs, there are ${pairs.length}`;
    throw new TiltyardError('input-failed', `stage ${stage}: ${what}; start a new run with --out`);
  }
  const { ledger, clock } = readJson<OutcomeRow>(paths.outcome);
  record.meter.book('score', flops, (flops * clock.seconds.eval) / Math.max(1, ledger.flops.eval));
  return scores;
}
