import { existsSync } from 'node:fs';
import { TiltyardError } from '../../errors.js';
import { readJsonl } from '../../store/jsonl.js';
import type { RunPaths } from '../../store/layout.js';
import type { StepRow } from '../../store/records.js';
import { RunRows } from '../rows.js';
import { stepIn } from './metrics.js';
import { Tail } from './tail.js';

/**
 * The steps of a run whose trainer may be interrupted: where it went on is known when its first step is
 * there, and what an earlier process recorded from that step on is then taken back.
 */
export class StepLog {
  /** What an earlier process of the run left. */
  readonly earlier: readonly StepRow[];
  private rows: RunRows | null = null;

  /** @param metrics the trainer's file, with what nobody had read when its worker was killed */
  constructor(
    private readonly plugin: string,
    private readonly paths: RunPaths,
    metrics: string,
  ) {
    const recorded = readJsonl<StepRow>(paths.steps);
    this.earlier = [...recorded, ...unread(plugin, metrics, recorded.at(-1))];
  }

  /** Seconds that the run had taken when it was interrupted. */
  get earlierSeconds(): number {
    return (this.earlier.at(-1)?.clock.atMs ?? 0) / 1000;
  }

  /** @returns of the first step of this process, the one before it, 0 without; null for a later one */
  write(row: StepRow): number | null {
    if (this.rows !== null) {
      this.rows.step(row);
      return null;
    }
    const kept = this.earlier.filter(({ step }) => step < row.step);
    if (row.step > 1 && this.earlier.length > 0 && kept.length === 0) {
      const what = `went on with step ${row.step}, and nothing is recorded of those before it`;
      throw new TiltyardError('bad-metrics', `plugin ${this.plugin}: ${what}`, { exitCode: 1 });
    }
    this.open([...kept, row]);
    return kept.at(-1)?.step ?? 0;
  }

  /**
   * The trainer has ended.
   * @returns the last step of an earlier process, where this one took none; null where it did
   */
  finish(): number | null {
    const tookSteps = this.rows !== null;
    if (!tookSteps) this.open(this.earlier);
    this.close();
    return tookSteps ? null : (this.earlier.at(-1)?.step ?? 0);
  }

  private open(rows: readonly StepRow[]): void {
    this.rows = new RunRows(this.paths, { steps: 0, evals: readJsonl(this.paths.evals).length });
    for (const row of rows) this.rows.step(row);
  }

  close(): void {
    this.rows?.close();
    this.rows = null;
  }
}

/** Steps in a trainer's file that came after the last that was recorded. */
function unread(plugin: string, metrics: string, last: StepRow | undefined): StepRow[] {
  const found: StepRow[] = [];
  const atMs = last?.clock.atMs ?? 0;
  let after = 0;
  for (const line of existsSync(metrics) ? new Tail(metrics).lines() : []) {
    try {
      const { step, metrics: values } = stepIn(plugin, line, after);
      after = step;
      if (step > (last?.step ?? 0)) found.push({ step, metrics: values, clock: { atMs, stepMs: 0 } });
    } catch {
      return found; // what is wrong with it is said when it comes again
    }
  }
  return found;
}
