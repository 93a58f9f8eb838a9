import { hashFile } from '../hash.js';
import { writeJsonAtomic } from '../store/atomic.js';
import type { PairScoresRow } from '../store/shared.js';
import { collectedPairs } from './inputs.js';
import type { Job } from './job.js';
import { rawScores } from './relabel.js';

/** Scores the collected pairs by the reward that labels them anew: the labels are drawn by who learns. */
export async function score({ spec, paths, runs, record, data, models }: Job): Promise<'completed'> {
  record.phase = 'evaluate';
  const { meter } = record;
  const pairs = collectedPairs(spec, runs, 'own')!;
  const reward = models.reward(spec.inputs.reward!);
  const scores = await meter.charge('eval', () => rawScores(reward, data, pairs));
  const row: PairScoresRow = { scores, flops: meter.totals().flops.eval };
  writeJsonAtomic(paths.scores, row);
  record.sharedHash = hashFile(paths.scores);
  return 'completed';
}
