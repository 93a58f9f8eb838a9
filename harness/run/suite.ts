import { join } from 'node:path';
import { type LoadedExperiment, type LoadedSuite, loadMember, type LoadOptions } from '../config/load.js';
import { environment } from '../environment.js';
import { TiltyardError, unknownName } from '../errors.js';
import { lasting, loadExtension } from '../extensions.js';
import { writeJsonAtomic, writeTextAtomic } from '../store/atomic.js';
import { storePaths } from '../store/layout.js';
import {
  checkStoreVersion,
  finished,
  readExperiment,
  type ReadOptions,
  type StoredExperiment,
} from '../store/read.js';
import { isName } from '../store/names.js';
import { readSealed, type Sealed, sealed } from '../store/seal.js';
import { STORE_VERSION } from '../store/spec.js';
import type { Decided, StoredAnalysis } from './decided.js';
import { finish } from './experiment.js';
import type { RunHost, RunResult } from './host.js';
import type { Beginning, Kind, ResumeOptions } from './kind.js';
import { modulesOf, requireTrusted, resumeCall } from './trust.js';

/** suite.json of an output folder. */
export interface StoredSuite extends StoredAnalysis {
  readonly profile: string;
  readonly members: readonly string[];
}

/** Experiments that are run together, and what their runs decide. */
export const suiteKind: Kind<LoadedSuite, Decided> = { begin, resume, read };

/** A suite's module, its size, and its members at that size. */
interface OpenedSuite {
  readonly module: string;
  readonly profile: string;
  readonly members: readonly (readonly [name: string, loaded: LoadedExperiment])[];
}

/** @throws TiltyardError for an unknown suite or profile, and for a member that is not valid */
export async function openSuite(
  file: LoadedSuite,
  { profile, ...overrides }: LoadOptions,
): Promise<OpenedSuite> {
  const module = lasting('suite', file.suite, file.baseDir);
  const suite = await loadExtension('suite', module);
  const chosen = profile ?? suite.profiles[0]!;
  if (!suite.profiles.includes(chosen)) {
    throw unknownName(`suite ${file.suite}`, 'profile', chosen, suite.profiles);
  }
  const members = Object.entries(suite.members(chosen)).map(
    ([name, raw]) => [name, loadMember(file, name, raw, overrides)] as const,
  );
  return { module, profile: chosen, members };
}

async function begin(file: LoadedSuite, options: LoadOptions): Promise<Beginning> {
  const { name, description } = file;
  const { module, profile, members: experiments } = await openSuite(file, options);
  return {
    name,
    module,
    experiments,
    mark: (dir) => {
      const stored: StoredSuite = {
        storeVersion: STORE_VERSION,
        name,
        description,
        module,
        profile,
        members: experiments.map(([member]) => member),
        environment: environment(),
      };
      writeJsonAtomic(storePaths(dir).suite, sealed(stored));
    },
  };
}

/** Finishes every member in turn, then decides. */
async function resume(dir: string, options: ResumeOptions, host: RunHost): Promise<RunResult> {
  const { members, module } = readSuite(dir);
  let exitCode: RunResult['exitCode'] = 0;
  for (const [i, member] of members.entries()) {
    host.progress.note(`${member} (${i + 1} of ${members.length})`);
    const ended = await finish(join(dir, member), options, host);
    if (host.signal.aborted) {
      const modules = [...readMembers(dir).values()].flatMap(({ runs }) =>
        modulesOf(runs.map((run) => run.spec)),
      );
      const call = resumeCall(dir, [{ kind: 'suite', module }, ...modules]);
      host.progress.note(`continue the whole suite with: ${call}`);
      return { exitCode: 3, dir, report: await host.report(dir, options.trust ?? []) };
    }
    if (ended.exitCode === 1) exitCode = 1;
  }
  return { exitCode, dir, report: await host.report(dir, options.trust ?? []) };
}

async function read(dir: string, options: ReadOptions): Promise<Decided> {
  const analysis = readSuite(dir);
  requireTrusted(dir, [{ kind: 'suite', module: analysis.module }], options.trusted);
  const { decide } = await loadExtension('suite', analysis.module);
  const members = readMembers(dir, options);
  const rows = decide(new Map([...members].map(([name, { runs }]) => [name, runs])));
  return { kind: 'suite', analysis, rows, members };
}

export function readSuite(dir: string): StoredSuite {
  const path = storePaths(dir).suite;
  const stored = readSealed<StoredSuite & Sealed>(path);
  checkStoreVersion(path, stored);
  const { members } = stored;
  if (!Array.isArray(members) || !members.every(isName))
    throw new TiltyardError('damaged', `${path}: its members are no names; bring it back as it was`);
  return stored;
}

type Members = ReadonlyMap<string, StoredExperiment>;

export const readMembers = (dir: string, options: ReadOptions = {}): Members =>
  new Map(readSuite(dir).members.map((name) => [name, readExperiment(join(dir, name), options)]));

/**
 * How many of a member's runs came far enough to be counted, and how many ended before. Runs that members
 * share count in each.
 */
export interface MemberProgress {
  readonly name: string;
  readonly runs: number;
  readonly done: number;
  readonly failed: number;
}

export const progressOf = (members: Members): MemberProgress[] =>
  [...members].map(([name, { runs }]) => {
    const done = runs.filter(finished).length;
    const ended = runs.filter(({ outcome }) => outcome !== null && outcome.outcome !== 'interrupted').length;
    return { name, runs: runs.length, done, failed: ended - done };
  });

/** Keeps what a suite's runs decide in rows.jsonl; an analysis has its rows there already. */
export function keepRows(dir: string, { kind, rows }: Decided): void {
  if (kind !== 'suite') return;
  writeTextAtomic(storePaths(dir).rows, rows.map((row) => `${JSON.stringify(row)}\n`).join(''));
}
