import type { OutcomeRow } from '../../store/records.js';
import type { RunSpec } from '../../store/spec.js';
import type { WorkerEvent } from '../launch/launch.js';

/** What the main path tells whoever watches. */
export interface Progress {
  /**
   * @param total runs of the plan
   * @param already finished before
   * @param jobs runs at a time
   */
  planned(total: number, already: number, jobs: number): void;
  started(spec: RunSpec): void;
  event(spec: RunSpec, event: WorkerEvent): void;
  ended(spec: RunSpec, outcome: OutcomeRow): void;
  note(message: string): void;
  close(): void;
}
