import type { CardUse } from '../../store/records.js';
import type { RunSpec } from '../../store/spec.js';

/** What a worker says while it works, one JSON object per line of its channel. */
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
  | { readonly type: 'note'; readonly message: string }
  /** Of a run that is a job of a cluster, by whoever submitted it: what its scheduler says of it. */
  | { readonly type: 'state'; readonly state: string };

export interface LaunchOptions {
  /** Whether other runs share the cores. */
  readonly concurrent: boolean;
  readonly signal: AbortSignal;
  onEvent(event: WorkerEvent): void;
  /** Of a run on a card: the UUID of the only one that its process may see; null: whatever is there. */
  readonly card?: string | null;
  /** Told of the process of this machine that works on the run. */
  onProcess?(pid: number): void;
}

/**
 * How a run ended for its worker process. Its outcome is in the store, if the worker lived to write one.
 */
export interface LaunchResult {
  /** 0 also where the process lives on, for other runs. */
  readonly exitCode: number | null;
  readonly signal: string | null;
  /** Last lines that the run printed, on one. */
  readonly printed: string;
  /** Whether it was ended because its time was over and it did not stop by itself. */
  readonly timedOut?: boolean;
  /** What it took of the card that it was on; absent where it was on none, or nothing was said of it. */
  readonly card?: CardUse;
  /** Which job its scheduler ended, and why; absent: it ended by itself, or was on this machine. */
  readonly ended?: string;
}

/** Has a worker work on a run folder and waits for it; local processes and clusters implement it. */
export interface Launcher {
  launch(spec: RunSpec, runDir: string, options: LaunchOptions): Promise<LaunchResult>;
  /**
   * How runs are at work that are not processes of this machine, as `as Slurm jobs`: they outlive this one,
   * and how many there are at a time is a scheduler's to say. Absent: they are this machine's.
   */
  readonly elsewhere?: string;
  /** Whether a run is at work already, as a job that an earlier process submitted; it is not begun anew. */
  adopt?(spec: RunSpec, runDir: string): Promise<boolean>;
  /** Ends what waits for further runs. */
  close?(): Promise<void>;
}
