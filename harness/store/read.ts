import { existsSync, readdirSync, statSync } from 'node:fs';
import { join, relative } from 'node:path';
import { TiltyardError } from '../errors.js';
import { readJson } from './atomic.js';
import type { DataRow } from './data.js';
import type { Experiment } from './experiment.js';
import { runPaths, storePaths } from './layout.js';
import { isName } from './names.js';
import { nothingLeft } from './nothing-left.js';
import type { OutcomeRow } from './records.js';
import { readSealed } from './seal.js';
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
  /** What was accepted as it was, though it had changed since. */
  readonly accepted?: NonNullable<PlanRow['accepted']>;
  /** What changed after its run had ended, while others were still worked on. */
  readonly tampered?: NonNullable<PlanRow['tampered']>;
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

/**
 * What was planned in a folder.
 * @throws TiltyardError for a folder that is missing, empty, half written, damaged, or of another version
 */
export function readPlan(dir: string): PlanRow {
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
  const plan = readSealed<PlanRow>(paths.plan);
  checkStoreVersion(paths.plan, plan);
  checkNames(plan, paths.plan);
  return plan;
}

/** Refuses a plan whose runs lie elsewhere than in its folder. */
function checkNames({ runs, store = '.' }: PlanRow, path: string): void {
  const refuse = (what: string): TiltyardError =>
    new TiltyardError('damaged', `${path}: ${what}; bring it back as it was`);
  if (!Array.isArray(runs)) throw refuse('lists no runs');
  if (store !== '.' && store !== '..') throw refuse(`its runs lie in ${JSON.stringify(store)}`);
  for (const run of runs as readonly Partial<RunSpec>[]) {
    const { id, inputs } = run ?? {};
    const named = [id, ...Object.values(inputs ?? {}).filter((input) => input !== null)];
    const wrong = named.find((name) => !isName(name));
    if (wrong !== undefined || typeof inputs !== 'object')
      throw refuse(`${JSON.stringify(wrong ?? id ?? null)} is no run's name`);
  }
}

/** What is read of a folder, and how. */
export interface ReadOptions {
  /** Runs whose files are not what they left, by id, with why: they count as failed. */
  readonly damaged?: ReadonlyMap<string, string>;
  /** Modules beside those built in whose code may run; absent: none. */
  readonly trusted?: readonly string[];
}

/** @throws TiltyardError for a folder that is missing, empty, half written, damaged, or of another version */
export function readExperiment(dir: string, { damaged }: ReadOptions = {}): StoredExperiment {
  const paths = storePaths(dir);
  const plan = readPlan(dir);
  const { hash, source, tiltyard, store = '.', runs, stages = {}, accepted = [], tampered = [] } = plan;
  return {
    dir,
    hash,
    source,
    tiltyard,
    accepted,
    tampered,
    experiment: readPlanned(paths.experiment),
    data: existsSync(paths.data) ? readJson<DataRow>(paths.data) : null,
    stages,
    runs: runs.map((spec) => {
      const at = storePaths(join(dir, store)).run(spec.id);
      const { outcome } = runPaths(at);
      const why = damaged?.get(spec.id);
      if (why !== undefined) return { spec, dir: at, outcome: notBelieved(spec, why) };
      return { spec, dir: at, outcome: existsSync(outcome) ? readOutcome(outcome) : null };
    }),
  };
}

/** @throws TiltyardError for what is no experiment */
function readPlanned(path: string): Experiment {
  const experiment = readJson<Partial<Experiment> | null>(path);
  if (typeof experiment?.name === 'string') return experiment as Experiment;
  throw new TiltyardError('damaged', `${path}: is no experiment; bring it back as it was`);
}

/** @throws TiltyardError for what is no outcome */
function readOutcome(path: string): OutcomeRow {
  const row = readJson<OutcomeRow | null>(path);
  if (typeof row?.outcome === 'string' && typeof row.clock === 'object') return row;
  throw new TiltyardError(
    'damaged',
    `${path}: is no outcome; delete it, and tiltyard resume makes the run again`,
  );
}

/** The outcome of a run whose files are not what it left: nothing of it is counted. */
function notBelieved({ algorithm }: RunSpec, why: string): OutcomeRow {
  const plugin = algorithm?.name ?? null;
  return nothingLeft({
    outcome: 'failed',
    cause: { code: 'damaged', message: why, plugin, phase: 'read', step: 0 },
    reason: 'its files are not what it left',
    startedAt: '',
    environment: {
      cpuModel: '',
      cores: 0,
      memoryBytes: 0,
      platform: '',
      nodeVersion: '',
      tiltyardVersion: '',
      gitCommit: null,
      versions: {},
    },
  });
}
