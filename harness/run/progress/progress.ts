import type { OutcomeRow } from '../../store/records.js';
import type { RunSpec } from '../../store/spec.js';
import type { WorkerEvent } from '../launch/launch.js';

/** What the main path tells whoever watches. */
export interface Progress {
  /**
   * @param waiting runs of the plan that are to be made
   * @param already how many were finished before
   * @param jobs runs at a time
   */
  planned(waiting: readonly RunSpec[], already: number, jobs: number): void;
  started(spec: RunSpec): void;
  event(spec: RunSpec, event: WorkerEvent): void;
  ended(spec: RunSpec, outcome: OutcomeRow): void;
  note(message: string): void;
  close(): void;
}

/** What the command line tells beside it. */
export interface Watched extends Progress {
  /** At the first Ctrl-C: that it was heard, and what is waited for. */
  stopping(): void;
}
