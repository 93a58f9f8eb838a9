import { existsSync, readdirSync, statSync } from 'node:fs';
import { join, relative } from 'node:path';
import { TiltyardError } from '../errors.js';
import { readJson } from './atomic.js';
import type { DataRow } from './data.js';
import type { Experiment } from './experiment.js';
import { runPaths, storePaths } from './layout.js';
import type { OutcomeRow } from './records.js';
import { type PlanRow, type RunSpec, STORE_VERSION } from './spec.js';

/** A run of an output folder: what it was to do, how it ended, where its rows lie (`runPaths(run.dir)`). */
export interface StoredRun {
  readonly spec: RunSpec;
  /** Null while unfinished. */
  readonly outcome: OutcomeRow | null;
  readonly dir: string;
}

export interface StoredExperiment {
  readonly dir: string;
  readonly experiment: Experiment;
  /** Hash of the experiment as it was planned, before the first run. */
  readonly hash: string;
  /** What was asked for, and of which tiltyard, before the first run. */
  readonly source: PlanRow['source'];
  readonly tiltyard: PlanRow['tiltyard'];
  /** What its runs read; null for worlds, and in folders that an older version wrote. */
  readonly data: DataRow | null;
  /** What the plugins of its stages say of themselves; empty in folders that an older version wrote. */
  readonly stages: NonNullable<PlanRow['stages']>;
  readonly runs: readonly StoredRun[];
}

/**
 * Whether a run came far enough to be counted, and to be built on: at its end, or where its budget stopped
 * it; one that had to be ended there has no cause to be counted, and no model.
 */
export const finished = ({ outcome }: Pick<StoredRun, 'outcome'>): boolean =>
  outcome?.outcome === 'completed' ||
  outcome?.outcome === 'budget-spent' ||
  (outcome?.outcome === 'timed-out' && outcome.cause === null);

/** Refuses what another version of the store wrote. */
export function checkStoreVersion(path: string, { storeVersion }: { readonly storeVersion: number }): void {
  if (storeVersion === STORE_VERSION) return;
  const versions = `written with store version ${storeVersion}, this tiltyard reads ${STORE_VERSION}`;
  throw new TiltyardError('store-version', `${path}: ${versions}; use the tiltyard that wrote it`);
}

/** @throws TiltyardError for a folder that is missing, empty, half written, or of another version */
export function readExperiment(dir: string): StoredExperiment {
  const paths = storePaths(dir);
  if (!existsSync(dir) || !statSync(dir).isDirectory()) {
    throw new TiltyardError('no-folder', `${dir}: no such folder; give the --out folder of a run`);
  }
  if (readdirSync(dir).length === 0) {
    const advice = `give the --out folder of a run, or start one with: tiltyard run --out ${dir}`;
    throw new TiltyardError('empty-folder', `${dir}: is empty; ${advice}`);
  }
  for (const path of [paths.experiment, paths.plan]) {
    if (existsSync(path)) continue;
    const why =
      'this is not the --out folder of a run, or the run stopped before it began, and nothing is lost: ' +
      `tiltyard run EXPERIMENT --out ${dir}`;
    throw new TiltyardError('half-written', `${dir}: has no ${relative(dir, path)}; ${why}`);
  }
  const plan = readJson<PlanRow>(paths.plan);
  checkStoreVersion(paths.plan, plan);
  const { hash, source, tiltyard, store = '.', runs, stages = {} } = plan;
  return {
    dir,
    hash,
    source,
    tiltyard,
    experiment: readJson<Experiment>(paths.experiment),
    data: existsSync(paths.data) ? readJson<DataRow>(paths.data) : null,
    stages,
    runs: runs.map((spec) => {
      const at = storePaths(join(dir, store)).run(spec.id);
      const { outcome } = runPaths(at);
      return { spec, dir: at, outcome: existsSync(outcome) ? readJson<OutcomeRow>(outcome) : null };
    }),
  };
}
