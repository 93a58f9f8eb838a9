import { existsSync } from 'node:fs';
import { join } from 'node:path';
import type { AnalysisRow } from '../contracts/analysis.js';
import { environment } from '../environment.js';
import { unknownName } from '../errors.js';
import { lasting, loadExtension } from '../extensions.js';
import type { RunHost, RunResult } from './run.js';
import { isAnalysis, readAnalysis, type StoredAnalysis } from './analysis.js';
import { readJson, writeJsonAtomic, writeTextAtomic } from '../store/atomic.js';
import { storePaths } from '../store/layout.js';
import { checkStoreVersion, finished, readExperiment, type StoredExperiment } from '../store/read.js';
import { STORE_VERSION } from '../store/records.js';
import type { Suite } from '../contracts/suite.js';

/** suite.json of an output folder: written last of what a new folder needs. */
export interface StoredSuite extends StoredAnalysis {
  readonly profile: string;
  readonly members: readonly string[];
}

export const isSuite = (dir: string): boolean => existsSync(storePaths(dir).suite);

/** Where a suite's module is, and its members at a size. @throws TiltyardError for an unknown suite or profile */
export async function openSuite(suite: string, baseDir: string, profile: string | undefined): Promise<{ module: string; profile: string; members: ReturnType<Suite['members']> }> {
  const module = lasting('suite', suite, baseDir);
  const loaded = await loadExtension('suite', module);
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

type Members = ReadonlyMap<string, StoredExperiment>;

export const readMembers = (dir: string): Members => new Map(readSuite(dir).members.map((name) => [name, readExperiment(join(dir, name))]));

export const progressOf = (members: Members): MemberProgress[] =>
  [...members].map(([name, { runs }]) => {
    const done = runs.filter(finished).length;
    const ended = runs.filter(({ outcome }) => outcome !== null && outcome.outcome !== 'interrupted').length;
    return { name, runs: runs.length, done, failed: ended - done };
  });

/** What a suite's stored runs or an analysis decide, with the experiments behind it (none of an analysis). */
export interface Decided {
  readonly analysis: StoredAnalysis;
  readonly rows: readonly AnalysisRow[];
  readonly members: Members;
}

/** Null for a folder that is neither a suite's nor an analysis's. */
export async function readDecided(dir: string): Promise<Decided | null> {
  if (isAnalysis(dir)) return { ...readAnalysis(dir), members: new Map() };
  if (!isSuite(dir)) return null;
  const analysis = readSuite(dir);
  const { decide } = await loadExtension('suite', analysis.module);
  const members = readMembers(dir);
  return { analysis, rows: decide(new Map([...members].map(([name, { runs }]) => [name, runs]))), members };
}

/** Keeps what a suite's runs decide in rows.jsonl; an analysis has its rows there already. */
export function keepRows(dir: string, { rows }: Decided): void {
  if (isSuite(dir)) writeTextAtomic(storePaths(dir).rows, rows.map((row) => `${JSON.stringify(row)}\n`).join(''));
}

export function readSuite(dir: string): StoredSuite {
  const path = storePaths(dir).suite;
  const stored = readJson<StoredSuite>(path);
  checkStoreVersion(path, stored);
  return stored;
}
