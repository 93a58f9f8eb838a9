import { runPaths } from '../store/layout.js';
import type { Outcome } from '../store/records.js';
import type { RunSpec } from '../store/spec.js';
import { discardCheckpoints } from './checkpoint.js';
import { collect } from './collect.js';
import { draw } from './draw.js';
import type { Job, WorkerHost } from './job.js';
import { measure } from './measure.js';
import { RunRecord } from './outcome.js';
import { prepare } from './prepare.js';
import { score } from './score.js';
import { train } from './train.js';
import { trainOutside } from './external/train.js';

/** What the kinds of runs do. */
const WORK = {
  train: (job: Job) => (job.spec.algorithm?.says?.external === true ? trainOutside(job) : train(job)),
  collect,
  measure,
  draw,
  score,
} satisfies Record<RunSpec['kind'], (job: Job) => Promise<Outcome>>;

/**
 * Works on one run until its outcome, which is written last. Every failure becomes an outcome row; only an
 * interruption leaves the run unfinished.
 */
export async function runWorker(spec: RunSpec, runDir: string, host: WorkerHost): Promise<Outcome> {
  const paths = runPaths(runDir);
  const record = new RunRecord(spec, paths, host.concurrent ?? false);
  try {
    const work = prepare(spec, paths, host, record).then((job) => WORK[spec.kind](job));
    const outcome = await (host.failure === undefined ? work : Promise.race([work, host.failure]));
    record.finish(outcome);
    // Once the outcome is there: a kill before costs the steps since the last checkpoint and no more.
    if (outcome !== 'interrupted') discardCheckpoints(runDir);
    return outcome;
  } catch (error) {
    return record.fail(error);
  } finally {
    // After the outcome, whose peak of memory the engine is part of.
    if (host.engine === undefined) record.engine?.dispose();
    else record.engine?.rest();
  }
}
