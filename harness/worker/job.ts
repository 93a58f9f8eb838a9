import type { Engine } from '../engine/engine.js';
import type { Rng } from '../rng.js';
import type { RunPaths } from '../store/layout.js';
import type { RunSpec } from '../store/spec.js';
import type { TokenData } from './data.js';
import type { Opens } from './kept-data.js';
import type { Models } from './models.js';
import type { RunRecord } from './outcome.js';

/** Who a worker tells what it does, and who may stop it. */
export interface WorkerHost {
  emit(event: Readonly<Record<string, unknown>>): void;
  interrupted(): boolean;
  /**
   * Sets when a plugin has to have yielded, milliseconds of the clock, or its process is ended; null: no such
   * time. Absent: nobody watches.
   */
  mustYieldBy?(deadline: number | null): void;
  /** Rejects with what goes wrong beside what is awaited; absent: nothing is caught. */
  readonly failure?: Promise<never>;
  /** Whether other runs share the cores; absent: none do. */
  readonly concurrent?: boolean;
  /** An engine that outlives the run; absent: it has one of its own. */
  engine?(settings: RunSpec['engine']): Promise<Engine>;
  /** Opens a dataset that outlives the run; absent: it has one of its own. */
  readonly open?: Opens;
}

/**
 * A run as its worker has it: what was asked for, where it lies, what it works with, what is known of it so
 * far.
 */
export interface Job {
  readonly spec: RunSpec;
  readonly paths: RunPaths;
  /** Where earlier runs lie, by id. */
  readonly runs: (id: string) => RunPaths;
  readonly host: WorkerHost;
  readonly rng: Rng;
  readonly data: TokenData;
  readonly models: Models;
  readonly record: RunRecord;
}
