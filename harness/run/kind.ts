import type { Loaded, LoadedExperiment, LoadOptions } from '../config/load.js';
import type { ReadOptions } from '../store/read.js';
import type { RunHost, RunResult } from './host.js';

/** What a file comes to, before anything is written. */
export interface Beginning {
  /** The suite's or the analysis's; absent: there is none. */
  readonly module?: string;
  /** Names the output folder where none is given. */
  readonly name: string;
  /** What is to be planned, each with its folder seen from the output folder; '.' is that folder itself. */
  readonly experiments: readonly (readonly [folder: string, loaded: LoadedExperiment])[];
  /** Writes what tells the output folder's kind: last of what a new folder needs. */
  mark(dir: string): void;
}

/** How a folder is gone on with. */
export interface ResumeOptions {
  /** Runs at a time; undefined: as many as the machine takes. */
  readonly jobs?: number | undefined;
  /** Runs that failed for good are tried once more. */
  readonly retryFailed?: boolean | undefined;
  /** Files of the user's that changed are taken as they are, and the report says so. */
  readonly acceptChanges?: boolean | undefined;
  /** All that judges may be asked in this folder; undefined: what its experiment says. */
  readonly judgeCalls?: number | undefined;
  readonly judgeTokens?: number | undefined;
  /** Modules beside those built in whose code may run, and bases of judges' servers that may be called. */
  readonly trust?: readonly string[] | undefined;
}

/** What is done with one kind of experiment file, and with a folder that holds what it gave. */
export interface Kind<File extends Loaded, Stored> {
  /** @throws TiltyardError for a file whose module is unknown or wrong */
  begin(file: File, options: LoadOptions): Promise<Beginning>;
  /**
   * Computes what a folder lacks, and reports on it.
   */
  resume(dir: string, options: ResumeOptions, host: RunHost): Promise<RunResult>;
  /** @throws TiltyardError for a folder that is missing, empty, half written, or of another version */
  read(dir: string, options: ReadOptions): Promise<Stored>;
}
