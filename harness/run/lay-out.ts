import { join } from 'node:path';
import { writeJsonAtomic } from '../store/atomic.js';
import type { DataRow } from '../store/data.js';
import type { Experiment } from '../store/experiment.js';
import { runPaths, storePaths } from '../store/layout.js';
import { sealed, sealOf } from '../store/seal.js';
import type { PlanRow } from '../store/spec.js';

/** An experiment as it is written down before its runs. */
export interface LaidOut {
  /** Seen from the output folder; '.' where it is that. */
  readonly folder: string;
  readonly experiment: Experiment;
  readonly plan: PlanRow;
  /** What its runs read; null for a world. */
  readonly data: DataRow | null;
}

/**
 * Writes what a run of the plan needs: the resolved experiment, every run's own file, and the plan; and what
 * was counted of the data.
 */
export function layOut(dir: string, { folder, experiment, plan, data }: LaidOut): void {
  const paths = storePaths(join(dir, folder));
  writeJsonAtomic(paths.experiment, experiment);
  if (data !== null) writeJsonAtomic(paths.data, data);
  for (const spec of plan.runs) writeJsonAtomic(runPaths(storePaths(dir).run(spec.id)).run, spec);
  writeJsonAtomic(paths.plan, sealed(data === null ? plan : { ...plan, data: sealOf(data) }));
}
