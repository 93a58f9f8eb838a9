import { existsSync } from 'node:fs';
import { join } from 'node:path';
import type { AnalysisRow } from './analysis.js';
import { environment } from './environment.js';
import { TiltyardError, unknownName } from './errors.js';
import type { RunHost, RunResult } from './run.js';
import { loadModule, locateModule, type StoredAnalysis } from './run-analysis.js';
import { readJson, writeJsonAtomic, writeTextAtomic } from './store/atomic.js';
import { storePaths } from './store/layout.js';
import { readExperiment, type StoredExperiment } from './store/read.js';
import { STORE_VERSION } from './store/records.js';
import type { Suite } from './suite.js';

/** suite.json of an output folder: written last of what a new folder needs. */
export interface StoredSuite extends StoredAnalysis {
  readonly profile: string;
  readonly members: readonly string[];
}

export const isSuite = (dir: string): boolean => existsSync(storePaths(dir).suite);

/** Where a suite's module is, and its members at a size. @throws TiltyardError for an unknown suite or profile */
export async function openSuite(suite: string, baseDir: string, profile: string | undefined): Promise<{ module: string; profile: string; members: ReturnType<Suite['members']> }> {
  const module = locateModule('suite', suite, baseDir);
  const loaded = await load(module);
  const chosen = profile ?? loaded.profiles[0]!;
  if (!loaded.profiles.includes(chosen)) throw unknownName(`suite ${suite}`, 'profile', chosen, loaded.profiles);
  return { module, profile: chosen, members: loaded.members(chosen) };
}

export function beginSuite(dir: string, about: Pick<StoredSuite, 'name' | 'description' | 'module' | 'profile' | 'members'>): void {
  writeJsonAtomic(storePaths(dir).suite, { storeVersion: STORE_VERSION, ...about, environment: environment() } satisfies StoredSuite);
}

/**
 * Finishes every member in turn, then decides.
 * @param finish runs what a member's folder lacks and reports on it
 */
export async function runSuite(dir: string, host: RunHost, finish: (memberDir: string) => Promise<RunResult>): Promise<RunResult> {
  const { members } = readSuite(dir);
  let exitCode: RunResult['exitCode'] = 0;
  for (const [i, member] of members.entries()) {
    host.progress.note(`${member} (${i + 1} of ${members.length})`);
    const ended = await finish(join(dir, member));
    if (host.signal.aborted) {
      host.progress.note(`continue the whole suite with: tiltyard resume ${dir}`);
      return { exitCode: 3, dir, report: await host.report(dir) };
    }
    if (ended.exitCode === 1) exitCode = 1;
  }
  return { exitCode, dir, report: await host.report(dir) };
}

/** How many of a member's runs came far enough to be counted, and how many ended before. Runs that members share count in each. */
export interface MemberProgress {
  readonly name: string;
  readonly runs: number;
  readonly done: number;
  readonly failed: number;
}

export const suiteProgress = (dir: string): MemberProgress[] => readSuite(dir).members.map((name) => progressOf(name, readExperiment(join(dir, name))));

function progressOf(name: string, { runs }: StoredExperiment): MemberProgress {
  const outcomes = runs.flatMap(({ outcome }) => (outcome === null || outcome.outcome === 'interrupted' ? [] : [outcome.outcome]));
  const failed = outcomes.filter((o) => o === 'failed' || o === 'diverged').length;
  return { name, runs: runs.length, done: outcomes.length - failed, failed };
}

/** What the stored runs decide, and of which suite. */
export async function decideSuite(dir: string): Promise<{ analysis: StoredSuite; rows: readonly AnalysisRow[]; members: readonly MemberProgress[] }> {
  const analysis = readSuite(dir);
  const { decide } = await load(analysis.module);
  const stored = analysis.members.map((name) => [name, readExperiment(join(dir, name))] as const);
  return { analysis, rows: decide(new Map(stored.map(([name, { runs }]) => [name, runs]))), members: stored.map(([name, experiment]) => progressOf(name, experiment)) };
}

/** The same, kept in rows.jsonl. */
export async function settleSuite(dir: string): ReturnType<typeof decideSuite> {
  const decided = await decideSuite(dir);
  writeTextAtomic(storePaths(dir).rows, decided.rows.map((row) => `${JSON.stringify(row)}\n`).join(''));
  return decided;
}

export function readSuite(dir: string): StoredSuite {
  const path = storePaths(dir).suite;
  const stored = readJson<StoredSuite>(path);
  if (stored.storeVersion !== STORE_VERSION) throw new TiltyardError('store-version', `${path}: written with store version ${stored.storeVersion}, this tiltyard reads ${STORE_VERSION}; use the tiltyard that wrote it`);
  return stored;
}

async function load(module: string): Promise<Suite> {
  const loaded = (await loadModule(module)) as Partial<Suite> | undefined;
  if (!Array.isArray(loaded?.profiles) || loaded.profiles.length === 0 || typeof loaded.members !== 'function' || typeof loaded.decide !== 'function') {
    throw new TiltyardError('suite-shape', `suite ${module}: its default export should be { profiles, members, decide }; see harness/suite.ts`);
  }
  return loaded as Suite;
}
