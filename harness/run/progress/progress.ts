import type { OutcomeRow } from '../../store/records.js';
import type { RunSpec } from '../../store/spec.js';
import type { WorkerEvent } from '../launch/launch.js';

/** A run of the plan that is not to be made any more. */
export interface Already {
  readonly spec: RunSpec;
  /** What it took; null for one that did not go to its end, which tells nothing of others. */
  readonly seconds: number | null;
}

/** What the main path tells whoever watches. */
export interface Progress {
  /**
   * @param waiting runs of the plan that are to be made
   * @param already those that were finished before, and what they took
   * @param jobs runs at a time
   * @param elsewhere how they are at work that are not on this machine; absent: they are
   */
  planned(waiting: readonly RunSpec[], already: readonly Already[], jobs: number, elsewhere?: string): void;
  /** @param seconds what a run takes by itself, by label */
  foreseen(seconds: Readonly<Record<string, number>>): void;
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
