import type { Device } from '../../harness/engine/onnx/session.js';
import type { ModelSize } from './sizes.js';

/** What the command line says of where things run. */
export interface Setting {
  /** An engine's device: cpu, cuda or webgpu. */
  readonly device: Device;
  readonly threads: number;
}

/** How much one run of a case did: shown as a rate. */
export interface Work {
  readonly amount: number;
  readonly unit: 'FLOP' | 'token' | 'row' | 'run';
}

/** What a run took where this process's clocks do not say it. */
export interface Took {
  /** Milliseconds; absent: those of the whole call. */
  readonly ms?: number;
  /** Of all processors, milliseconds; null: not known; absent: those of this process. */
  readonly cpuMs?: number | null;
}

/** A part at one size, ready to be timed. */
export interface Case {
  /** Does it once. */
  run(): Promise<Took | undefined>;
  /** Of the last run; null where a rate says nothing. */
  work(): Work | null;
  dispose(): Promise<void>;
}

/** Something whose speed matters. */
export interface Part {
  readonly name: string;
  /** What a run of it is, for the table. */
  readonly what: string;
  /** Whether there is one case a model size, or one in all. */
  readonly perSize: boolean;
  /** Times are taken at least so often, unless the command line says how often. */
  readonly rounds: number;
  /** Milliseconds that it may take; absent: only ratios count. */
  readonly bar?: number;
  prepare(setting: Setting, model: ModelSize): Promise<Case>;
}
