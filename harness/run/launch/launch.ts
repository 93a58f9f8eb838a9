import type { RunSpec } from '../../store/spec.js';

/** What a worker says while it works, one JSON object per line. */
export type WorkerEvent =
  | { readonly type: 'started'; readonly engine: string; readonly device: string; readonly reason: string }
  | {
      readonly type: 'progress';
      readonly phase: string;
      readonly step: number;
      /** Null where it is not known beforehand. */
      readonly totalSteps: number | null;
      readonly metrics: Readonly<Record<string, number>>;
    }
  | { readonly type: 'note'; readonly message: string };

export interface LaunchOptions {
  /** Whether other runs share the cores. */
  readonly concurrent: boolean;
  readonly signal: AbortSignal;
  onEvent(event: WorkerEvent): void;
}

/** How a worker process ended. Its outcome is in the store, if it lived to write one. */
export interface LaunchResult {
  readonly exitCode: number | null;
  readonly signal: string | null;
  /** Last lines of stderr. */
  readonly stderr: string;
}

/** Starts the worker entry with a run folder and waits for it; local processes and clusters implement it. */
export interface Launcher {
  launch(spec: RunSpec, runDir: string, options: LaunchOptions): Promise<LaunchResult>;
}
