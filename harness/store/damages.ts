import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { basename, join } from 'node:path';
import { TiltyardError } from '../errors.js';
import { canonicalJson, hashFile, hashOf } from '../hash.js';
import { requirePlainFile } from '../plain-file.js';
import { readJson } from './atomic.js';
import { changed, digestsOf, leftIn, readDigests } from './files.js';
import { firstRows } from './jsonl.js';
import { checkpointPaths, confinedPaths, isCheckpoint, runPaths, storePaths } from './layout.js';
import { readPlan } from './read.js';
import { readSealed, type Sealed, sealOf } from './seal.js';
import type { PlanRow, RunSpec } from './spec.js';
import { verdictDamages } from './verdicts.js';

/** Something of a results folder that is not as it was written. */
export interface Damage {
  /** Path of the file. */
  readonly file: string;
  readonly what: string;
  /**
   * What it is part of: what was planned; a run's own plan, which is written again from there; what a run
   * left; a checkpoint, which is passed over; the rows of an analysis; verdicts of judges; a report, which is
   * built again.
   */
  readonly of: 'plan' | 'spec' | 'run' | 'checkpoint' | 'rows' | 'verdicts' | 'report';
  /** Id of the run; null where it is no run's. */
  readonly run: string | null;
}

/** How much is looked at. */
export interface Depth {
  /** Weights and checkpoints too, to the byte; else rows to the byte, and weights by their size. */
  readonly weights: boolean;
}

/** All that is not as it was written. A folder of an older version says nothing of most of its files. */
export function damagesOf(dir: string, depth: Depth): Damage[] {
  const paths = storePaths(dir);
  const found: Damage[] = [];
  const planned = (file: string, what: string): void =>
    void found.push({ file, what, of: 'plan', run: null });
  if (existsSync(paths.suite)) {
    const seen = new Set<string>();
    const suite = attempt(
      () => readSealed<Sealed & { members?: unknown }>(paths.suite),
      planned,
      paths.suite,
    );
    for (const member of Array.isArray(suite?.members) ? (suite.members as string[]) : [])
      found.push(...ofExperiment(join(dir, member), depth, seen));
  } else if (existsSync(paths.analysis)) {
    attempt(() => readSealed(paths.analysis), planned, paths.analysis);
    found.push(...ofRows(paths.rows));
  } else found.push(...ofExperiment(dir, depth, new Set()));
  return [...found, ...ofReport(dir)];
}

/** Ids of runs whose results are not to be believed, each with why. */
export const damagedRuns = (damages: readonly Damage[]): ReadonlyMap<string, string> =>
  new Map(
    damages.flatMap(({ of, run, file, what }) =>
      of === 'run' && run !== null ? [[run, `${basename(file)} ${what}`] as const] : [],
    ),
  );

/** @throws TiltyardError naming the first damage, where what was planned or a result is damaged */
export function requireWhole(dir: string): void {
  const serious = damagesOf(dir, { weights: false }).filter(({ of }) => !REPAIRED.includes(of));
  const [first] = serious;
  if (first === undefined) return;
  const more = serious.length === 1 ? '' : ` (and ${serious.length - 1} more: tiltyard verify-store ${dir})`;
  throw new TiltyardError('damaged', `${first.file}: ${first.what}${more}; ${remedyOf(first)}`);
}

/** Whether a folder says what its files were: those of an older version do not. */
export function keepsHashes(dir: string): boolean {
  const { suite, analysis, plan } = storePaths(dir);
  const path = [suite, analysis].find((file) => existsSync(file)) ?? plan;
  return readJson<Sealed | null>(path)?.seal !== undefined; // no record is a damage, said elsewhere
}

/** What a resume makes good by itself. */
const REPAIRED: readonly Damage['of'][] = ['spec', 'checkpoint', 'report'];

/** What to do about a damage. */
export function remedyOf({ of, file }: Pick<Damage, 'of' | 'file'>): string {
  if (of === 'run') {
    const outcome = file.replace(/^(.*\/runs\/[^/]+)\/.*$/, (_, run: string) => runPaths(run).outcome);
    return `bring it back as it was, or delete ${outcome}, and tiltyard resume makes that run again`;
  }
  if (of === 'report') return 'tiltyard report builds it again';
  if (of === 'plan') return 'bring it back as it was';
  if (of === 'verdicts') return 'bring it back as it was, or delete both, and tiltyard resume asks again';
  return of === 'rows'
    ? 'delete it, and tiltyard resume computes the rows again'
    : 'tiltyard resume mends it';
}

/** What readers say of a file that is not as it was written, rather than of a folder that is none. */
const DAMAGE: readonly string[] = ['damaged', 'bad-json', 'missing-file', 'not-a-file', 'unreadable'];

type Say = (file: string, what: string) => void;

/** How many of the run folders beside a plan that cannot be read are as they were left. */
export function readable(dir: string): { readonly whole: number; readonly all: number } {
  const { runs, run } = storePaths(dir);
  const ids = existsSync(runs) ? readdirSync(runs) : [];
  const isLeft = (id: string): boolean => {
    const known = attempt(
      () => digestsOf(runPaths(run(id))),
      () => undefined,
      '',
    );
    return known !== null && changed(run(id), known, leftIn(run(id))).length === 0;
  };
  return { whole: ids.filter(isLeft).length, all: ids.length };
}

/** What a reader gives; null where it refuses, which is told. */
function attempt<T>(read: () => T, say: Say, file: string): T | null {
  try {
    return read();
  } catch (error) {
    if (!(error instanceof TiltyardError) || !DAMAGE.includes(error.code)) throw error;
    say(file, error.message.replace(`${file}: `, '').replace(/;[^;]*$/, ''));
    return null;
  }
}

function ofExperiment(dir: string, { weights }: Depth, seen: Set<string>): Damage[] {
  const found: Damage[] = [];
  const paths = storePaths(dir);
  const planned: Say = (file, what) => void found.push({ file, what, of: 'plan', run: null });
  const plan = attempt(() => readPlan(dir), planned, paths.plan);
  if (plan === null) return found;
  const isSealed = plan.seal !== undefined;
  const experiment = attempt(() => readJson<object>(paths.experiment), planned, paths.experiment);
  if (isSealed && experiment !== null && hashOf(experiment) !== plan.hash)
    planned(paths.experiment, 'is not what was planned');
  ofData(plan, paths.data, planned);
  const store = storePaths(join(dir, plan.store ?? '.'));
  const live = existsSync(store.lock);
  verdictDamages(dir, live, (file, what) => void found.push({ file, what, of: 'verdicts', run: null }));
  for (const spec of plan.runs) {
    if (seen.has(spec.id)) continue;
    seen.add(spec.id);
    found.push(...ofRun(spec, store.run(spec.id), { weights, isSealed, live }));
  }
  return found;
}

function ofData(plan: PlanRow, path: string, say: Say): void {
  if (!existsSync(path)) {
    if (plan.data !== undefined) say(path, 'is gone');
    return;
  }
  const data = attempt(() => readJson<object>(path), say, path);
  if (data !== null && plan.data !== undefined && sealOf(data) !== plan.data)
    say(path, 'is not what was counted');
}

function ofRun(
  spec: RunSpec,
  dir: string,
  { weights, isSealed, live }: { weights: boolean; isSealed: boolean; live: boolean },
): Damage[] {
  const found: Damage[] = [];
  const paths = runPaths(dir);
  const say =
    (of: Damage['of']): Say =>
    (file, what) =>
      void found.push({ file, what, of, run: spec.id });
  if (isSealed) {
    const own = attempt(() => readJson<object>(paths.run), say('spec'), paths.run);
    if (own !== null && canonicalJson(own) !== canonicalJson(spec))
      say('spec')(paths.run, 'is not what plan.json says');
  }
  if (!existsSync(paths.outcome)) {
    if (weights && !live && existsSync(dir)) ofCheckpoints(dir, say('checkpoint'));
    return found;
  }
  const broken = found.length;
  const known = attempt(() => digestsOf(paths), say('run'), paths.files);
  if (found.length > broken) return found;
  if (known === null) {
    if (
      attempt(() => readJson<{ outcome?: string }>(paths.outcome), say('run'), paths.outcome)?.outcome ===
      'interrupted'
    )
      return found;
    if (isSealed) say('run')(paths.files, 'is gone');
    return found;
  }
  const bytesToo = (name: string): boolean => weights || !name.endsWith('.safetensors');
  for (const { file, what } of changed(dir, known, leftIn(dir), bytesToo)) say('run')(file, what);
  return found;
}

function ofCheckpoints(dir: string, say: Say): void {
  const confined = confinedPaths(dir).run;
  const rows = existsSync(confined.evals) ? confined : runPaths(dir);
  for (const name of readdirSync(dir).filter((entry) => isCheckpoint(entry) && !entry.endsWith('.tmp'))) {
    const paths = checkpointPaths(join(dir, name));
    const manifest = attempt(() => readSealed<Manifest>(paths.manifest), say, paths.manifest);
    if (manifest === null || manifest.seal === undefined) continue;
    if (!existsSync(paths.state)) say(paths.state, 'is gone');
    else if (hashFile(paths.state) !== manifest.state) say(paths.state, 'is not what was written there');
    for (const kind of ['steps', 'evals'] as const) {
      const digest = firstRows(rows[kind], manifest.rows[kind]);
      if (digest !== manifest.rows.digests[kind])
        say(rows[kind], `has not the ${manifest.rows[kind]} rows written`);
    }
  }
}

/** Of a checkpoint's manifest, what is held to its files. */
interface Manifest extends Sealed {
  readonly state: string;
  readonly rows: {
    readonly steps: number;
    readonly evals: number;
    readonly digests: { readonly steps: string; readonly evals: string };
  };
}

/** Rows of an analysis: each part's stand before the line that ends it, which has their hash. */
function ofRows(path: string): Damage[] {
  if (!existsSync(path)) return [];
  requirePlainFile(path);
  const rows = new Map<string, unknown[]>();
  const found: Damage[] = [];
  // Behind the last line's end lies nothing, or what a kill left of one more.
  for (const [i, line] of readFileSync(path, 'utf8').split('\n').slice(0, -1).entries()) {
    if (line === '') continue;
    const say = (what: string): void =>
      void found.push({ file: path, what: `line ${i + 1} ${what}`, of: 'rows', run: null });
    let entry: { part?: string; row?: unknown; done?: string; hash?: string } | null;
    try {
      entry = JSON.parse(line) as typeof entry;
    } catch {
      say('cannot be read');
      continue;
    }
    if (typeof entry?.part === 'string') rows.set(entry.part, [...(rows.get(entry.part) ?? []), entry.row]);
    else if (typeof entry?.done !== 'string') say('is no row');
    else if (entry.hash !== undefined && entry.hash !== sealOf(rows.get(entry.done) ?? []))
      say(`ends the part ${entry.done}, whose rows are not those written`);
  }
  return found;
}

function ofReport(dir: string): Damage[] {
  const { report, reportFiles } = storePaths(dir);
  const found: Damage[] = [];
  const say: Say = (file, what) => void found.push({ file, what, of: 'report', run: null });
  if (!existsSync(reportFiles)) {
    if (
      existsSync(report) &&
      attempt(
        () => keepsHashes(dir),
        () => {},
        dir,
      ) === true
    )
      say(reportFiles, 'is gone');
    return found;
  }
  const files = attempt(() => readDigests(reportFiles), say, reportFiles);
  if (files !== null) for (const { file, what } of changed(dir, files, [])) say(file, what);
  return found;
}
