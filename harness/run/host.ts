import type { Launcher } from './launch/launch.js';
import type { Ownership } from './lock-file.js';
import type { Progress } from './progress/progress.js';

/** What runs are started with, and who is told about them. */
export interface RunHost {
  readonly launcher: Launcher;
  readonly progress: Progress;
  /** Told the folder that is worked on, once it is this process's. */
  readonly began?: (dir: string) => void;
  /** Builds the report from the store. `trusted`: modules whose code may run, beside those built in. */
  readonly report: (dir: string, trusted: readonly string[]) => Promise<BuiltReport>;
  /** Aborted by the first Ctrl-C. */
  readonly signal: AbortSignal;
  /** Of the folder that the runs are in; absent: none is needed. */
  readonly ownership?: Ownership;
}

/** A report of a results folder. */
export interface BuiltReport {
  /** What to show. */
  readonly path: string;
  /** What it says first; null where it begins with a table. */
  readonly headline: string | null;
  /** What of the folder is not as it was written, a sentence each. */
  readonly damages: readonly string[];
}

export interface RunResult {
  /** 0: done; 1: a run failed; 3: interrupted and resumable. */
  readonly exitCode: 0 | 1 | 3;
  readonly dir: string;
  /** Null where nothing could be reported. */
  readonly report: BuiltReport | null;
}
