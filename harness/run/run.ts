import { resolve } from 'node:path';
import { hashOf } from '../hash.js';
import { load, type LoadedExperiment, type LoadOptions } from '../config/load.js';
import { makePlan } from '../config/plan.js';
import { environment } from '../environment.js';
import { requireWhole } from '../store/damages.js';
import { readExperiment } from '../store/read.js';
import { type PlanRow, STORE_VERSION } from '../store/spec.js';
import { serversOf } from '../judge/judge.js';
import { requireKeys } from '../judge/key.js';
import { filledInWords } from '../inspect/filled.js';
import { shortForm } from '../inspect/text.js';
import { engineElsewhere, settleEngine } from './engine.js';
import { checkFolder, defaultFolder, makeFolder } from './folder.js';
import type { RunHost, RunResult } from './host.js';
import { begin, kindOf, resume as resumeFolder } from './kinds.js';
import type { ResumeOptions } from './kind.js';
import { type LaidOut, layOut } from './lay-out.js';
import { own } from './ownership.js';
import { preflight } from './preflight.js';
import { resolution } from './resolution.js';
import { requireTrustedRuns } from './trusted-runs.js';
import { clear, isUnbegun } from './unbegun.js';
import { checkUnchanged } from './unchanged.js';

export interface RunOptions extends LoadOptions {
  /** A built-in name or a path. */
  readonly experiment: string;
  readonly out?: string | undefined;
  readonly jobs?: number | undefined;
  readonly plugins?: readonly string[] | undefined;
}

/**
 * The main path: read the file, settle the engine, plan, preflight, lay out, launch, report. A file holds one
 * experiment, a suite's several, or none but an analysis; all are planned before the first folder is made, so
 * that what is refused leaves nothing behind.
 */
export async function run(options: RunOptions, host: RunHost): Promise<RunResult> {
  const file = load(options.experiment, options);
  const { name, module, experiments, mark } = await begin(file, options);
  const plans: Planned[] = [];
  for (const [folder, experiment] of experiments)
    plans.push(await plan(folder, experiment, host, options.plugins));
  const out = options.out ?? defaultFolder(name);
  const whole = plans.find(isWhole)?.plan ?? null;
  checkFolder(out, whole);
  const dir = makeFolder(out);
  return owned(dir, host, async (owner) => {
    checkFolder(out, whole); // another may have had it meanwhile
    if (isUnbegun(dir) && clear(dir)) {
      owner.progress.note(`${dir}: was begun and stopped before its plan was written; it begins anew`);
    }
    for (const planned of plans) layOut(dir, planned);
    mark(dir);
    sayPlans(plans, dir, owner);
    // Whoever names the file names its code, and the servers that it calls.
    const servers = experiments.flatMap(([, { experiment }]) => serversOf(experiment));
    const trust = [...(module === undefined ? [] : [module]), ...servers];
    return resumeFolder(dir, { jobs: options.jobs, trust }, owner);
  });
}

/** Works on a folder as its owner. */
async function owned<T>(dir: string, host: RunHost, work: (owner: RunHost) => Promise<T>): Promise<T> {
  const ownership = await own(dir, (note) => host.progress.note(note));
  host.began?.(dir);
  try {
    return await work({ ...host, ownership });
  } finally {
    ownership.release();
  }
}

function sayPlans(plans: readonly Planned[], dir: string, host: RunHost): void {
  for (const planned of plans) {
    sayData(planned, host);
    saySeeds(planned, host);
  }
  host.progress.note(`results in ${dir}`);
}

/**
 * Launches what a folder lacks, and reports; runs whose outcome is final are left as they are.
 * @throws TiltyardError where data or model are not what they were when the runs were planned
 */
export async function resume(dir: string, options: ResumeOptions, host: RunHost): Promise<RunResult> {
  const path = resolve(dir);
  if (kindOf(path) === 'experiment') readExperiment(path); // what is no results folder gets no lock
  return owned(path, host, async (owner) => {
    requireWhole(path);
    if (kindOf(path) !== 'analysis') {
      requireTrustedRuns(path, options);
      for (const note of await checkUnchanged(path, options)) owner.progress.note(note);
    }
    return resumeFolder(path, options, owner);
  });
}

interface Planned extends LaidOut {
  /** What is worth a word about the model that policies begin as. */
  readonly said: readonly string[];
}

const isWhole = ({ folder }: Pick<Planned, 'folder'>): boolean => folder === '.';

async function plan(
  folder: string,
  { experiment: wanted, baseDir, source, request }: LoadedExperiment,
  { launcher }: RunHost,
  plugins: readonly string[] = [],
): Promise<Planned> {
  requireKeys(wanted.evaluation.judges ?? []);
  const isElsewhere = launcher.elsewhere !== undefined;
  const engine = isElsewhere
    ? await engineElsewhere(wanted.engine, wantsCards(wanted), source)
    : await settleEngine(wanted.engine);
  const experiment = { ...wanted, engine };
  const { runs: planned, stages } = await makePlan(experiment, baseDir, source, plugins);
  const found = await preflight(planned, source, isElsewhere ? Number.POSITIVE_INFINITY : undefined);
  const given = found?.opened.given ?? null;
  const runs =
    given === null ? planned : planned.map((run) => ({ ...run, dataset: { ...run.dataset, given } }));
  const { tiltyardVersion: version, gitCommit: commit } = environment();
  const row: PlanRow = {
    storeVersion: STORE_VERSION,
    hash: hashOf(experiment),
    source: {
      ...request,
      overrides: [...request.overrides, ...plugins.map((plugin) => `--plugin ${plugin}`)],
    },
    tiltyard: { version, commit },
    ...(folder === '.' ? {} : { store: '..' }), // members of a suite share their runs
    runs,
    stages,
  };
  return {
    folder,
    experiment,
    plan: row,
    data: found?.row ?? null,
    said: [...(found?.said ?? []), ...filledInWords(stages)],
  };
}

const wantsCards = ({ resources, stages }: LoadedExperiment['experiment']): boolean =>
  [resources, ...Object.values(stages).map((stage) => stage.resources)].some(
    (asked) => (asked?.gpus ?? 0) > 0,
  );

/** What is trained on, and what was left out of it. */
function sayData({ folder, data, said }: Planned, { progress }: RunHost): void {
  const where = folder === '.' ? '' : `${folder}: `;
  for (const line of [...said, ...(data === null ? [] : shortForm(data))]) progress.note(`${where}${line}`);
}

/** What so many seeds can tell apart, before they are spent. */
function saySeeds({ folder, experiment: { seeds } }: Planned, { progress }: RunHost): void {
  if (isWhole({ folder })) progress.note(resolution(seeds.length));
}
