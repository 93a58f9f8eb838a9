import { linkSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { hostname } from 'node:os';
import { setTimeout as sleep } from 'node:timers/promises';
import { TiltyardError } from '../errors.js';
import { writeJsonAtomic } from '../store/atomic.js';
import { isAlive, type ProcessId, processId } from './process-id.js';

/** What a lock file holds: who has what it stands for. */
export interface Owner extends ProcessId {
  readonly host: string;
  readonly since: string;
  /** Processes that work for it, which may outlive it by a moment. */
  readonly workers: readonly ProcessId[];
  /** The job of a cluster that it works for; absent: it works for none. */
  readonly job?: ClusterJob;
}

/** A job as its scheduler knows it. */
export interface ClusterJob {
  /** As it is shown: `12_3` is a task of an array. */
  readonly name: string;
  /** What the scheduler numbers it by. */
  readonly id: string;
  /** How often it was begun anew. */
  readonly restarts: number;
}

/** The right to something, which one process has at a time. */
export interface Ownership {
  /** Notes a process that works for the owner, so that whoever comes next waits for its end. */
  worker(pid: number): void;
  release(): void;
}

/** How long orphans of an owner that is gone may take to end, milliseconds; they end within two seconds. */
const ORPHANS_END_MS = 10_000;

/**
 * Makes this process the owner of what a lock file stands for, until it releases it. A lock whose process is
 * gone is broken, with a word.
 * @param what the lock is for, in messages
 * @param say what is worth a sentence
 * @param onOther called where another process has it, or may; returns whether to try again, or throws
 * @param job that this process works for; absent: none
 * @returns null where `onOther` would not try again
 */
export async function takeLock(
  path: string,
  what: string,
  say: (note: string) => void,
  onOther: (other: Owner, here: string) => boolean | Promise<boolean>,
  job?: ClusterJob,
): Promise<Ownership | null> {
  const owner: Owner = {
    ...processId(process.pid)!,
    host: hostname(),
    since: new Date().toISOString(),
    workers: [],
    ...(job === undefined ? {} : { job }),
  };
  while (!created(path, owner)) {
    const before = ownerIn(path);
    if (before === null) continue; // it was released meanwhile
    if (before.host !== owner.host || isAlive(before)) {
      if (await onOther(before, owner.host)) continue;
      return null;
    }
    if (await breakLock(path, before)) {
      say(`${what}: process ${before.pid}, which had it since ${before.since}, is gone; its lock is broken`);
      await ended(what, before.workers);
    }
  }
  let now = owner;
  return {
    worker: (pid) => {
      const id = processId(pid);
      if (id === null || now.workers.some((known) => known.pid === pid)) return;
      now = { ...now, workers: [...now.workers.filter(isAlive), id] };
      writeJsonAtomic(path, now);
    },
    release: () => rmSync(path, { force: true }),
  };
}

/** Puts the lock there whole, or finds that there is one. */
function created(path: string, owner: Owner): boolean {
  const text = `${JSON.stringify(owner)}\n`;
  const temporary = `${path}.${process.pid}.tmp`;
  try {
    writeFileSync(temporary, text);
    linkSync(temporary, path);
    return true;
  } catch (error) {
    const { code = '' } = error as NodeJS.ErrnoException;
    if (code === 'EEXIST') return false;
    if (!NO_LINKS.includes(code)) throw error;
    return createdWithoutLinks(path, text);
  } finally {
    rmSync(temporary, { force: true });
  }
}

/** What file systems say that have no hard links. */
const NO_LINKS = ['EPERM', 'ENOTSUP', 'EOPNOTSUPP', 'ENOSYS', 'EMLINK'];

function createdWithoutLinks(path: string, text: string): boolean {
  try {
    writeFileSync(path, text, { flag: 'wx' });
    return true;
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'EEXIST') return false;
    throw error;
  }
}

/** Null where there is no lock any more. @throws TiltyardError where it says nothing */
export function ownerIn(path: string): Owner | null {
  let text: string;
  try {
    text = readFileSync(path, 'utf8');
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return null;
    throw error;
  }
  try {
    const { pid, host, start, since, workers, job } = JSON.parse(text) as Owner;
    const whole = Number.isInteger(pid) && typeof host === 'string' && Array.isArray(workers);
    if (whole)
      return { pid, host, start, since: String(since), workers, ...(job === undefined ? {} : { job }) };
  } catch {
    // said below
  }
  const remedy = 'where no process works on its folder, delete it';
  throw new TiltyardError('bad-lock', `${path}: does not say who works on the folder; ${remedy}`);
}

/**
 * Takes away a lock whose owner is gone. One process at a time does so, and looks again first: another may
 * have broken it, and have the folder by now.
 * @returns whether this call did
 */
export async function breakLock(path: string, stale: Owner): Promise<boolean> {
  const breaking = `${path}.breaking`;
  if (!createdWithoutLinks(breaking, '')) {
    await sleep(50);
    const { mtimeMs } = statSync(breaking, { throwIfNoEntry: false }) ?? { mtimeMs: Date.now() };
    // Breaking takes no time: whoever still seems at it was killed.
    if (Date.now() - mtimeMs > ORPHANS_END_MS) rmSync(breaking, { force: true });
    return false;
  }
  try {
    const now = ownerIn(path);
    const same = now !== null && isSame(now, stale);
    if (same) rmSync(path, { force: true });
    return same;
  } finally {
    rmSync(breaking, { force: true });
  }
}

/** Whether two locks are of one process. */
export const isSame = (a: Owner, b: Owner): boolean =>
  a.pid === b.pid && a.start === b.start && a.host === b.host;

/** Waits until what worked for an owner that is gone has ended too. */
async function ended(what: string, workers: readonly ProcessId[]): Promise<void> {
  const deadline = Date.now() + ORPHANS_END_MS;
  for (const worker of workers) {
    while (isAlive(worker)) {
      if (Date.now() > deadline) {
        const why = `process ${worker.pid} still works on it, though what started it is gone`;
        throw new TiltyardError('folder-in-use', `${what}: ${why}; end that process, then try again`);
      }
      await sleep(50);
    }
  }
}
