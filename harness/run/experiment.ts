import { availableParallelism } from 'node:os';
import type { LoadedExperiment } from '../config/load.js';
import { readExperiment, type ReadOptions, type StoredExperiment, type StoredRun } from '../store/read.js';
import type { RunHost, RunResult } from './host.js';
import { requireDevice } from './engine.js';
import { isFinal } from './final.js';
import { cardsOfOneModel, isOnCard } from './launch/card-pool.js';
import type { Beginning, Kind, ResumeOptions } from './kind.js';
import { restoreSpec } from './restore.js';
import { runAll } from './schedule.js';
import { tidy } from './tidy.js';
import { modulesOf, resumeCall } from './trust.js';
import { mark } from './witness.js';

/** The stored runs of an experiment. */
export interface ExperimentFolder extends StoredExperiment {
  readonly kind: 'experiment';
}

/** Stages, planned as runs. */
export const experimentKind: Kind<LoadedExperiment, ExperimentFolder> = { begin, resume, read };

async function begin(file: LoadedExperiment): Promise<Beginning> {
  // plan.json tells the kind, and is written for every experiment.
  return { name: file.experiment.name, experiments: [['.', file]], mark: () => {} };
}

async function resume(dir: string, options: ResumeOptions, host: RunHost): Promise<RunResult> {
  const { runs } = readExperiment(dir);
  if (runs.every((run) => isFinal(run, options.retryFailed))) {
    host.progress.note(`every run of ${dir} is finished; only the report is rebuilt`);
  }
  return finish(dir, options, host);
}

/** Runs what a folder's plan lacks, and reports on it. */
export async function finish(
  dir: string,
  { jobs, retryFailed }: ResumeOptions,
  host: RunHost,
): Promise<RunResult> {
  const { runs } = readExperiment(dir);
  const elsewhere = host.launcher.elsewhere !== undefined;
  if (!elsewhere) {
    await requireDevice(
      dir,
      runs.filter((run) => !isFinal(run, retryFailed)),
    );
  }
  tidy(dir, runs, elsewhere);
  for (const run of runs) restoreSpec(run, (text) => host.progress.note(text));
  mark(dir, await runAll(runs, { jobs: jobsFor(runs, jobs, host), retryFailed }, host));
  const after = readExperiment(dir).runs;
  tidy(dir, after, elsewhere); // of workers that were killed
  const report = after.some((run) => isFinal(run)) ? await host.report(dir, []) : null;
  const isLeft = after.some(({ outcome }) => outcome === null || outcome.outcome === 'interrupted');
  if (host.signal.aborted || isLeft) {
    const modules = modulesOf(runs.map(({ spec }) => spec));
    host.progress.note(`interrupted; continue with: ${resumeCall(dir, modules)}`);
    return { exitCode: 3, dir, report };
  }
  const good = after.every(
    ({ outcome }) => outcome?.outcome === 'completed' || outcome?.outcome === 'budget-spent',
  );
  return { exitCode: good ? 0 : 1, dir, report };
}

/** What was asked for, but no more runs at a time than there are cards. */
function jobsFor(runs: readonly Pick<StoredRun, 'spec'>[], asked: number | undefined, host: RunHost): number {
  if (host.launcher.elsewhere !== undefined) return asked ?? Math.max(1, runs.length);
  const most = defaultJobs(runs);
  if (asked === undefined || asked <= most || !runs.some(({ spec }) => isOnCard(spec.engine)))
    return asked ?? most;
  host.progress.note(`--jobs ${asked}: a card takes one run at a time, so ${most} at a time`);
  return most;
}

/** On a CPU as many runs as cores, on cards as many as there are of one model; WebGPU takes one at a time. */
export function defaultJobs(runs: readonly Pick<StoredRun, 'spec'>[]): number {
  const engine = runs[0]?.spec.engine ?? { name: 'reference', device: null, threads: 1 };
  if (isOnCard(engine)) return Math.max(1, cardsOfOneModel().cards.length);
  const { name, device, threads } = engine;
  const isOneAtATime = name === 'tensorflow' || (device !== null && device !== 'cpu');
  return isOneAtATime ? 1 : Math.max(1, Math.floor(availableParallelism() / threads));
}

async function read(dir: string, options: ReadOptions): Promise<ExperimentFolder> {
  return { kind: 'experiment', ...readExperiment(dir, options) };
}
