import type { Outcome } from '../store/records.js';
import { conclude } from './conclude.js';
import type { Job } from './job.js';
import { optimise } from './optimise.js';
import { openTraining } from './training-run.js';

/** Trains, or takes up the training of an earlier process, and measures what came of it. */
export async function train(job: Job): Promise<Outcome> {
  const { record } = job;
  const run = await openTraining(job);
  const outcome = await optimise(job, run);
  const { ownModules } = run.ctx;
  record.copies = { all: record.copies.all + ownModules, trainable: record.copies.trainable + ownModules };
  if (outcome === 'interrupted') return outcome;
  await conclude(job, run);
  return outcome;
}
