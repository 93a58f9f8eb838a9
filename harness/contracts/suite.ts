import type { StoredRun } from '../store/read.js';
import type { AnalysisRow } from './analysis.js';

/** Experiments that are run together, and what their stored runs decide. */
export interface Suite {
  /** Its sizes, the default first. */
  readonly profiles: readonly string[];
  /**
   * Member name -> experiment, as in an experiment file but for `name`. Runs that members share run once.
   * @param profile one of `profiles`
   */
  members(profile: string): Readonly<Record<string, Readonly<Record<string, unknown>>>>;
  /**
   * Rows from the stored runs of every member; runs that are unfinished or failed are among them. Pure: the
   * same runs, the same rows.
   * @param runs by member name
   */
  decide(runs: ReadonlyMap<string, readonly StoredRun[]>): readonly AnalysisRow[];
}

/** Types a suite and checks nothing else: loading validates. */
export function defineSuite(suite: Suite): Suite {
  return suite;
}
