import { availableParallelism } from 'node:os';
import type { LoadedExperiment } from '../config/load.js';
import { judgeRuns, requireTrustedJudges, serversOf } from '../judge/judge.js';
import { takeKeys } from '../judge/key.js';
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
  const { runs, experiment } = readExperiment(dir);
  requireTrustedJudges(dir, experiment, options.trust);
  if (runs.every((run) => isFinal(run, options.retryFailed))) {
    const asked = serversOf(experiment).length === 0 ? '' : 'what was not judged is judged, and ';
    host.progress.note(`every run of ${dir} is finished; ${asked}only the report is rebuilt`);
  }
  return finish(dir, options, host);
}

/** Runs what a folder's plan lacks, asks its judges what they were not asked, and reports on it. */
export async function finish(dir: string, options: ResumeOptions, host: RunHost): Promise<RunResult> {
  const { jobs, retryFailed } = options;
  const { runs, experiment } = readExperiment(dir);
  requireTrustedJudges(dir, experiment, options.trust);
  takeKeys(experiment.evaluation?.judges ?? []);
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
  const isLeft = after.some(({ outcome }) => outcome === null || outcome.outcome === 'interrupted');
  // Not before: what is chosen, and so what is judged, may still change.
  const couldJudge = isLeft || (await judgeAll(dir, options, host));
  const report = after.some((run) => isFinal(run)) ? await host.report(dir, []) : null;
  if (host.signal.aborted || isLeft) {
    const modules = modulesOf(runs.map(({ spec }) => spec));
    host.progress.note(`interrupted; continue with: ${resumeCall(dir, modules, serversOf(experiment))}`);
    return { exitCode: 3, dir, report };
  }
  const good = after.every(
    ({ outcome }) => outcome?.outcome === 'completed' || outcome?.outcome === 'budget-spent',
  );
  return { exitCode: good && couldJudge ? 0 : 1, dir, report };
}

/** @returns whether every judge could be asked */
const judgeAll = (
  dir: string,
  { retryFailed, judgeCalls: maxCalls, judgeTokens: maxTokens }: ResumeOptions,
  { signal, progress }: RunHost,
): Promise<boolean> =>
  judgeRuns(readExperiment(dir), {
    signal,
    retryFailed,
    maxCalls,
    maxTokens,
    note: (sentence) => progress.note(sentence),
  });

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
