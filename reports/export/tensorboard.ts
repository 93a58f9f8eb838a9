import { mkdirSync, openSync, closeSync, statSync, writeSync } from 'node:fs';
import { join } from 'node:path';
import { Writer } from '../../harness/protobuf.js';
import { streamJsonl } from '../../harness/store/jsonl.js';
import { runPaths } from '../../harness/store/layout.js';
import type { StoredExperiment, StoredRun } from '../../harness/store/read.js';
import type { EvalRow, StepRow } from '../../harness/store/records.js';
import { evalMetrics } from './metrics.js';
import { record } from './record.js';

/**
 * TensorBoard event files, a folder a run: what was logged under `train/`, evaluations under `validation/`
 * and `test/`. Times are the run's own clock.
 */
export function writeTensorboard({ runs }: StoredExperiment, out: string): void {
  for (const run of runs) writeRun(run, join(out, run.spec.id));
}

function writeRun(run: StoredRun, folder: string): void {
  const began =
    run.outcome === null
      ? statSync(runPaths(run.dir).run).mtimeMs / 1000
      : Date.parse(run.outcome.clock.startedAt) / 1000;
  mkdirSync(folder, { recursive: true });
  const file = openSync(join(folder, `events.out.tfevents.${Math.floor(began)}.tiltyard`), 'w');
  try {
    const event = (at: number): Writer => new Writer().double(1, began + at / 1000);
    const scalars = (
      step: number,
      at: number,
      prefix: string,
      metrics: Readonly<Record<string, number>>,
    ): void => {
      const summary = new Writer();
      for (const [name, value] of Object.entries(metrics))
        summary.message(1, new Writer().string(1, `${prefix}/${name}`).float(2, value));
      writeSync(file, record(event(at).int(2, step).message(5, summary).finish()));
    };
    writeSync(file, record(event(0).string(3, 'brain.Event:2').finish()));
    const paths = runPaths(run.dir);
    for (const { step, metrics, clock } of streamJsonl<StepRow>(paths.steps))
      scalars(step, clock.atMs, 'train', metrics);
    for (const row of streamJsonl<EvalRow>(paths.evals))
      scalars(row.step, row.clock.atMs, row.split, evalMetrics(row));
  } finally {
    closeSync(file);
  }
}
