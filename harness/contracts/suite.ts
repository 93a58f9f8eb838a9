import type { AnalysisRow } from './analysis.js';
import type { StoredRun } from '../store/read.js';

/** Experiments that are run together, and what their stored runs decide. */
export interface Suite {
  /** Its sizes, the default first. */
  readonly profiles: readonly string[];
  /** Member name -> experiment, as in an experiment file but for `name`. Runs that members have in common run once. */
  members(profile: string): Readonly<Record<string, Readonly<Record<string, unknown>>>>;
  /** Rows from the stored runs of every member; runs that are unfinished or failed are among them. Pure: the same runs, the same rows. */
  decide(runs: ReadonlyMap<string, readonly StoredRun[]>): readonly AnalysisRow[];
}
