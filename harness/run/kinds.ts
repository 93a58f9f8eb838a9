import { existsSync } from 'node:fs';
import type { Loaded, LoadOptions } from '../config/load.js';
import { storePaths } from '../store/layout.js';
import type { ReadOptions } from '../store/read.js';
import { analysisKind } from './analysis.js';
import type { Decided } from './decided.js';
import { type ExperimentFolder, experimentKind } from './experiment.js';
import type { RunHost, RunResult } from './host.js';
import type { Beginning, Kind, ResumeOptions } from './kind.js';
import { suiteKind } from './suite.js';

const KINDS = { experiment: experimentKind, suite: suiteKind, analysis: analysisKind } satisfies {
  readonly [K in Loaded['kind']]: Kind<Extract<Loaded, { kind: K }>, ExperimentFolder | Decided>;
};

/** What a file comes to, before anything is written; see `Kind`. */
export function begin(file: Loaded, options: LoadOptions): Promise<Beginning> {
  const kind = KINDS[file.kind] as Kind<Loaded, unknown>;
  return kind.begin(file, options);
}

/** What kind of results a folder holds: an experiment's where nothing tells that it is one of the others. */
export function kindOf(dir: string): Loaded['kind'] {
  const paths = storePaths(dir);
  if (existsSync(paths.suite)) return 'suite';
  return existsSync(paths.analysis) ? 'analysis' : 'experiment';
}

/** Computes what a folder lacks, and reports on it; see `Kind`. */
export const resume = (dir: string, options: ResumeOptions, host: RunHost): Promise<RunResult> =>
  KINDS[kindOf(dir)].resume(dir, options, host);

/** What a folder holds; see `Kind`. */
export const readFolder = (dir: string, options: ReadOptions = {}): Promise<ExperimentFolder | Decided> =>
  KINDS[kindOf(dir)].read(dir, options);
