import { closeSync, openSync, writeSync } from 'node:fs';
import { streamJsonl } from '../../harness/store/jsonl.js';
import { runPaths } from '../../harness/store/layout.js';
import type { StoredExperiment } from '../../harness/store/read.js';
import type { EvalRow, StepRow } from '../../harness/store/records.js';
import { csvLine } from '../report/escape.js';
import { evalMetrics } from './metrics.js';

/** Every logged number as a row of its own: run, label, seed, split, step, metric, value. */
export function writeLongCsv({ runs }: StoredExperiment, path: string): void {
  const file = openSync(path, 'w');
  try {
    writeSync(file, `${csvLine(['run', 'label', 'seed', 'split', 'step', 'metric', 'value'])}\r\n`);
    for (const { spec, dir } of runs) {
      const lines = (split: string, step: number, metrics: Readonly<Record<string, number>>): string =>
        Object.entries(metrics)
          .map(
            ([name, value]) => `${csvLine([spec.id, spec.label, spec.seed, split, step, name, value])}\r\n`,
          )
          .join('');
      for (const row of streamJsonl<StepRow>(runPaths(dir).steps))
        writeSync(file, lines('train', row.step, row.metrics));
      for (const row of streamJsonl<EvalRow>(runPaths(dir).evals))
        writeSync(file, lines(row.split, row.step, evalMetrics(row)));
    }
  } finally {
    closeSync(file);
  }
}
