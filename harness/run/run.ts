import { accessSync, constants, existsSync, mkdirSync, readdirSync, rmSync } from 'node:fs';
import { availableParallelism } from 'node:os';
import { dirname, join, resolve } from 'node:path';
import { hashOf } from '../config/identity.js';
import { loadAnalysis, type LoadedExperiment, loadExperiment, loadMember, loadSuite, type Overrides } from '../config/load.js';
import type { Experiment } from '../config/experiment.js';
import { makePlan } from '../config/plan.js';
import { preflight } from './preflight.js';
import { createEngine } from '../engine/select.js';
import { environment } from '../environment.js';
import { TiltyardError } from '../errors.js';
import type { Launcher } from './launch/launch.js';
import type { Progress } from './progress/display.js';
import { beginAnalysis, isAnalysis, runAnalysis } from './analysis.js';
import { beginSuite, isSuite, openSuite, runSuite } from './suite.js';
import { readJson, writeJsonAtomic } from '../store/atomic.js';
import { runPaths, storePaths } from '../store/layout.js';
import { readExperiment, type StoredRun } from '../store/read.js';
import { FINAL_OUTCOMES, type OutcomeRow, type PlanRow, type RunSpec, STORE_VERSION } from '../store/records.js';

export interface RunHost {
  readonly launcher: Launcher;
  readonly progress: Progress;
  /** Builds the report from the store; returns the path to show. */
  readonly report: (dir: string) => Promise<string>;
  /** Aborted by the first Ctrl-C. */
  readonly signal: AbortSignal;
}

export interface RunOptions extends Overrides {
  readonly experiment: string;
  readonly out?: string | undefined;
  readonly jobs?: number | undefined;
  readonly plugins?: readonly string[] | undefined;
  /** Size of a suite. */
  readonly profile?: string | undefined;
}

export interface RunResult {
  readonly exitCode: 0 | 1 | 3;
  readonly dir: string;
  /** Null where nothing could be reported. */
  readonly report: string | null;
}

/** The main path: load -> plan -> launch -> collect -> report. */
export async function run(options: RunOptions, host: RunHost): Promise<RunResult> {
  const suite = loadSuite(options.experiment, options);
  if (suite !== null) return startSuite(suite, options, host);
  if (options.profile !== undefined) throw new TiltyardError('no-profile', `--profile ${options.profile}: ${options.experiment} is no suite; leave --profile out`);
  const analysis = loadAnalysis(options.experiment, options);
  if (analysis !== null) {
    const dir = openFolder(options.out ?? defaultFolder(analysis.name), '');
    beginAnalysis(dir, analysis);
    host.progress.note(`results in ${dir}`);
    return runAnalysis(dir, host);
  }
  const planned = await plan(loadExperiment(options.experiment, options), options.plugins);
  const dir = openFolder(options.out ?? defaultFolder(planned.settled.name), planned.hash);
  layOut(dir, planned);
  if (planned.note !== null) host.progress.note(planned.note);
  host.progress.note(`results in ${dir}`);
  return finish(dir, options.jobs, host);
}

/** Plans every member before the first folder is made, so that what is refused leaves nothing behind. */
async function startSuite({ name, description, suite, baseDir }: NonNullable<ReturnType<typeof loadSuite>>, options: RunOptions, host: RunHost): Promise<RunResult> {
  const { module, profile, members } = await openSuite(suite, baseDir, options.profile);
  const planned: [string, Planned][] = [];
  for (const [member, raw] of Object.entries(members)) {
    planned.push([member, await plan(loadMember(raw, name, member, baseDir, options), options.plugins)]);
  }
  const dir = openFolder(options.out ?? defaultFolder(name), '');
  for (const [member, its] of planned) layOut(join(dir, member), its, '..');
  beginSuite(dir, { name, description, module, profile, members: Object.keys(members) });
  const note = planned[0]?.[1].note;
  if (note != null) host.progress.note(note);
  host.progress.note(`results in ${dir}`);
  return runSuite(dir, host, (member) => finish(member, options.jobs, host));
}

interface Planned {
  readonly settled: Experiment;
  readonly hash: string;
  readonly runs: readonly RunSpec[];
  readonly asked: PlanRow['source'];
  /** Which engine was taken and why, where that was left open. */
  readonly note: string | null;
}

async function plan({ experiment, baseDir, source, asked }: LoadedExperiment, plugins: readonly string[] | undefined): Promise<Planned> {
  const plan = await makePlan(experiment, baseDir, source, plugins);
  await preflight(plan.runs, source);
  const engine = await createEngine(experiment.engine.name, experiment.engine.device, experiment.engine.threads);
  const { name, device, reason } = engine;
  engine.dispose();
  // The device is part of a run's identity, so it is settled once, here, for every run of the experiment.
  const settled = { ...experiment, engine: { ...experiment.engine, name, device: name === 'onnxruntime' ? device : null } } as typeof experiment;
  const { runs } = name === experiment.engine.name && experiment.engine.device !== null ? plan : await makePlan(settled, baseDir, source, plugins);
  const overrides = [...asked.overrides, ...(plugins ?? []).map((plugin) => `--plugin ${plugin}`)];
  return { settled, hash: hashOf(settled), runs, asked: { ...asked, overrides }, note: experiment.engine.name === 'auto' ? `engine: ${name} on ${device}; ${reason}` : null };
}

/** Writes what `finish` needs. @param store folder that holds the runs, from this one */
function layOut(dir: string, { settled, hash, runs, asked }: Planned, store = '.'): void {
  const paths = storePaths(dir);
  writeJsonAtomic(paths.experiment, settled);
  for (const spec of runs) writeJsonAtomic(runPaths(storePaths(join(dir, store)).run(spec.id)).run, spec);
  const { tiltyardVersion: version, gitCommit: commit } = environment();
  writeJsonAtomic(paths.plan, { storeVersion: STORE_VERSION, hash, source: asked, tiltyard: { version, commit }, ...(store === '.' ? {} : { store }), runs } satisfies PlanRow);
}

/** The plan minus the runs whose outcome is final. */
export async function resume(dir: string, jobs: number | undefined, host: RunHost): Promise<RunResult> {
  if (isAnalysis(resolve(dir))) return runAnalysis(resolve(dir), host);
  if (isSuite(resolve(dir))) return runSuite(resolve(dir), host, (member) => finish(member, jobs, host));
  const stored = readExperiment(resolve(dir));
  if (stored.runs.every(isFinal)) host.progress.note(`every run of ${stored.dir} is finished; only the report is rebuilt`);
  return finish(stored.dir, jobs, host);
}

async function finish(dir: string, jobs: number | undefined, host: RunHost): Promise<RunResult> {
  const { runs } = readExperiment(dir);
  await launchAll(runs, jobs ?? defaultJobs(runs), host);
  const after = readExperiment(dir).runs;
  const ended = after.filter(isFinal);
  const report = ended.length > 0 ? await host.report(dir) : null;
  if (host.signal.aborted) {
    host.progress.note(`interrupted; continue with: tiltyard resume ${dir}`);
    return { exitCode: 3, dir, report };
  }
  const good = after.every(({ outcome }) => outcome?.outcome === 'completed' || outcome?.outcome === 'budget-spent');
  return { exitCode: good ? 0 : 1, dir, report };
}

/** Starts every run whose inputs are there, `jobs` at a time; a run whose input failed is recorded as failed. */
async function launchAll(runs: readonly StoredRun[], jobs: number, host: RunHost): Promise<void> {
  const outcomes = new Map<string, OutcomeRow>(runs.flatMap((r) => (isFinal(r) ? [[r.spec.id, r.outcome!] as const] : [])));
  const waiting = runs.filter((r) => !isFinal(r));
  const concurrent = jobs > 1 && waiting.length > 1;
  host.progress.planned(runs.length, runs.length - waiting.length, jobs);
  const active = new Map<string, Promise<void>>();
  const settle = (run: StoredRun, outcome: OutcomeRow): void => {
    outcomes.set(run.spec.id, outcome);
    host.progress.ended(run.spec, outcome);
  };
  while ((waiting.length > 0 && !host.signal.aborted) || active.size > 0) {
    for (let i = 0; i < waiting.length && !host.signal.aborted && active.size < jobs; ) {
      const run = waiting[i]!;
      const inputs = Object.values(run.spec.inputs).filter((id): id is string => id !== null);
      const broken = inputs.find((id) => outcomes.has(id) && !usable(outcomes.get(id)!));
      if (broken !== undefined) {
        waiting.splice(i, 1);
        settle(run, recordFailure(run, 'input-failed', `its input ${broken} ended as ${outcomes.get(broken)!.outcome}`));
        i = 0;
      } else if (inputs.every((id) => outcomes.has(id))) {
        waiting.splice(i, 1);
        host.progress.started(run.spec);
        active.set(run.spec.id, launchOne(run, concurrent, host).then((outcome) => {
          active.delete(run.spec.id);
          if (outcome !== null) settle(run, outcome);
        }));
      } else i++;
    }
    if (active.size > 0) await Promise.race(active.values());
  }
  host.progress.close();
}

/** Null where the run was interrupted and can go on later. */
async function launchOne(run: StoredRun, concurrent: boolean, host: RunHost): Promise<OutcomeRow | null> {
  const paths = runPaths(run.dir);
  rmSync(paths.outcome, { force: true }); // of an interrupted run
  const result = await host.launcher.launch(run.spec, run.dir, { concurrent, signal: host.signal, onEvent: (event) => host.progress.event(run.spec, event) });
  if (existsSync(paths.outcome)) {
    const outcome = readJson<OutcomeRow>(paths.outcome);
    return outcome.outcome === 'interrupted' ? null : outcome;
  }
  if (host.signal.aborted) return null;
  const how = result.signal === null ? `exit code ${result.exitCode}` : `signal ${result.signal}`;
  return recordFailure(run, 'process-died', `the worker ended with ${how} before it wrote an outcome${result.stderr === '' ? '' : `: ${result.stderr}`}; tiltyard resume starts it again from its last checkpoint`);
}

function recordFailure(run: StoredRun, code: string, message: string): OutcomeRow {
  const phases = { rollout: 0, score: 0, forward: 0, update: 0, eval: 0 };
  const row: OutcomeRow = {
    outcome: 'failed',
    cause: { code, message, plugin: run.spec.algorithm?.name ?? null, phase: 'launch', step: 0 },
    steps: 0,
    startHash: null,
    modelHash: null,
    parameters: 0,
    ledger: { flops: phases, tokensTrained: 0, tokensGenerated: 0, modelCopies: 0, trainableCopies: 0 },
    engine: { name: 'none', device: 'none', reason: 'the run did not start' },
    summary: {},
    clock: { startedAt: new Date().toISOString(), wallSeconds: 0, seconds: phases, peakRssBytes: 0, concurrent: false, environment: environment() },
  };
  writeJsonAtomic(runPaths(run.dir).outcome, row);
  return row;
}

/** Failures of the process rather than of the algorithm are worth another try. */
const RETRIED = ['process-died', 'input-failed'];
const isFinal = ({ outcome }: StoredRun): boolean =>
  outcome !== null && (FINAL_OUTCOMES as readonly string[]).includes(outcome.outcome) && !RETRIED.includes(outcome.cause?.code ?? '');
const usable = (outcome: OutcomeRow): boolean => outcome.outcome === 'completed' || outcome.outcome === 'budget-spent' || outcome.outcome === 'timed-out';

/** On a CPU as many runs as cores; an accelerator takes one at a time. */
function defaultJobs(runs: readonly StoredRun[]): number {
  const { name, device, threads } = runs[0]?.spec.engine ?? { name: 'reference', device: null, threads: 1 };
  const accelerated = name === 'tensorflow' || (device !== null && device !== 'cpu');
  return accelerated ? 1 : Math.max(1, Math.floor(availableParallelism() / threads));
}

function defaultFolder(name: string): string {
  const stamp = new Date().toISOString().replaceAll(/[-:]/g, '').replace('T', '-').slice(0, 15);
  return join('runs', `${name}-${stamp}`);
}

/** Creates the folder; one that holds something else is refused, and so is one that cannot be written. */
function openFolder(path: string, hash: string): string {
  const dir = resolve(path);
  const refuse = (what: string, cause: unknown): TiltyardError => new TiltyardError('out-folder', `--out ${path}: ${what}`, { cause });
  if (existsSync(dir)) {
    let names: string[];
    try {
      names = readdirSync(dir);
      accessSync(dir, constants.W_OK);
    } catch (error) {
      throw refuse('cannot be written; choose another folder', error);
    }
    if (names.length > 0) {
      const plan = storePaths(dir).plan;
      const known = existsSync(plan) ? readJson<{ hash?: string }>(plan).hash : undefined;
      const same = known === hash ? `holds this very experiment; continue it with: tiltyard resume ${path}` : 'is not empty; choose another folder';
      throw refuse(same, undefined);
    }
    return dir;
  }
  try {
    mkdirSync(dir, { recursive: true });
  } catch (error) {
    throw refuse(`cannot be made in ${dirname(dir)} (${(error as NodeJS.ErrnoException).code ?? 'unknown'}); choose another folder`, error);
  }
  return dir;
}
