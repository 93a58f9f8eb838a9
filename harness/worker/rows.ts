import { existsSync } from 'node:fs';
import { writeTextAtomic } from '../store/atomic.js';
import { JsonlWriter, truncateJsonl } from '../store/jsonl.js';
import type { RunPaths } from '../store/layout.js';
import type { StepRow } from '../store/records.js';
import type { RowCounts } from './checkpoint.js';

/** The rows that a run writes while it trains. Opening cuts them back to what its checkpoint counted. */
export class RunRows {
  private readonly steps: JsonlWriter;
  private readonly evals: JsonlWriter;
  private written: RowCounts;

  constructor(paths: RunPaths, resumed: RowCounts) {
    keepFirst(paths.steps, resumed.steps);
    keepFirst(paths.evals, resumed.evals);
    this.steps = new JsonlWriter(paths.steps);
    this.evals = new JsonlWriter(paths.evals);
    this.written = resumed;
  }

  /** Rows written so far, by earlier processes too. */
  get counts(): RowCounts {
    return { ...this.written, digests: { steps: this.steps.digest, evals: this.evals.digest } };
  }

  step(row: StepRow): void {
    this.steps.write(row);
    this.written = { ...this.written, steps: this.written.steps + 1 };
  }

  evaluation(row: object): void {
    this.evals.write(row);
    this.written = { ...this.written, evals: this.written.evals + 1 };
  }

  close(): void {
    this.steps.close();
    this.evals.close();
  }
}

/** Writes all rows of a file, in place of those that an earlier process left. */
export function writeRows(path: string, rows: readonly object[]): void {
  keepFirst(path, 0);
  const writer = new JsonlWriter(path);
  for (const row of rows) writer.write(row);
  writer.close();
}

function keepFirst(path: string, count: number): void {
  if (count === 0) {
    if (existsSync(path)) writeTextAtomic(path, '');
    return;
  }
  let seen = 0;
  truncateJsonl(path, () => seen++ < count);
}
