import { runPaths } from '../../store/layout.js';
import type { Outcome } from '../../store/records.js';
import type { RunSpec } from '../../store/spec.js';
import type { WorkerHost } from '../job.js';
import { RunRecord } from '../outcome.js';
import { prepare } from '../prepare.js';
import { grade } from './grade.js';
import { stage } from './stage.js';

/**
 * What is done for a run whose plugin is not built in, by a process that does not run its code. What goes
 * wrong is the run's failure.
 * @param part `stage`: before it; `grade`: after it
 * @returns how the run ended, where it has
 */
export async function besideRun(
  part: 'stage' | 'grade',
  spec: RunSpec,
  runDir: string,
  host: WorkerHost,
): Promise<Outcome | null> {
  const paths = runPaths(runDir);
  const record = new RunRecord(spec, paths, host.concurrent ?? false);
  // The run itself says what it has begun with.
  const quiet: WorkerHost = {
    ...host,
    emit: (event) => (event['type'] === 'note' ? host.emit(event) : undefined),
  };
  try {
    const work = prepare(spec, paths, quiet, record).then(part === 'stage' ? stage : grade);
    await (host.failure === undefined ? work : Promise.race([work, host.failure]));
    return null;
  } catch (error) {
    return record.fail(error);
  } finally {
    record.engine?.rest();
  }
}
