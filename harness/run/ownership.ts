import { existsSync, linkSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { hostname } from 'node:os';
import { setTimeout as sleep } from 'node:timers/promises';
import { TiltyardError } from '../errors.js';
import { writeJsonAtomic } from '../store/atomic.js';
import { storePaths } from '../store/layout.js';
import { isAlive, type ProcessId, processId } from './process-id.js';

/** lock.json of an output folder: who works on it. */
interface Owner extends ProcessId {
  readonly host: string;
  readonly since: string;
  /** Processes that work for it, which may outlive it by a moment. */
  readonly workers: readonly ProcessId[];
}

/** The right to write to an output folder, which one process has at a time. */
export interface Ownership {
  /** Notes a process that works for the owner, so that whoever comes next waits for its end. */
  worker(pid: number): void;
  release(): void;
}

/** How long orphans of an owner that is gone may take to end, milliseconds; they end within two seconds. */
const ORPHANS_END_MS = 10_000;

/**
 * Makes this process the owner of an output folder until it releases it. Whoever only reads needs none of it.
 * A lock whose process is gone is broken, with a word.
 * @param dir that exists
 * @param say what is worth a sentence
 * @throws TiltyardError where another process works on the folder, or may do so
 */
export async function own(dir: string, say: (note: string) => void): Promise<Ownership> {
  const path = storePaths(dir).lock;
  const owner: Owner = {
    ...processId(process.pid)!,
    host: hostname(),
    since: new Date().toISOString(),
    workers: [],
  };
  while (!created(path, owner)) {
    const before = ownerIn(path);
    if (before === null) continue; // it was released meanwhile
    if (before.host !== owner.host || isAlive(before)) throw inUse(dir, before, owner.host);
    if (await broken(path, before)) {
      say(`${dir}: process ${before.pid}, which had it since ${before.since}, is gone; its lock is broken`);
      await ended(dir, before.workers);
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
function ownerIn(path: string): Owner | null {
  let text: string;
  try {
    text = readFileSync(path, 'utf8');
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return null;
    throw error;
  }
  try {
    const { pid, host, start, since, workers } = JSON.parse(text) as Owner;
    const whole = Number.isInteger(pid) && typeof host === 'string' && Array.isArray(workers);
    if (whole) return { pid, host, start, since: String(since), workers };
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
async function broken(path: string, stale: Owner): Promise<boolean> {
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
    const same = now !== null && now.pid === stale.pid && now.start === stale.start;
    if (same) rmSync(path, { force: true });
    return same;
  } finally {
    rmSync(breaking, { force: true });
  }
}

/** Waits until what worked for an owner that is gone has ended too. */
async function ended(dir: string, workers: readonly ProcessId[]): Promise<void> {
  const deadline = Date.now() + ORPHANS_END_MS;
  for (const worker of workers) {
    while (isAlive(worker)) {
      if (Date.now() > deadline) {
        const what = `process ${worker.pid} still works on it, though what started it is gone`;
        throw new TiltyardError('folder-in-use', `${dir}: ${what}; end that process, then try again`);
      }
      await sleep(50);
    }
  }
}

function inUse(dir: string, { pid, host, since }: Owner, here: string): TiltyardError {
  const lock = storePaths(dir).lock;
  const who = `${dir}: process ${pid} on ${host} has worked on it since ${since}`;
  const remedy =
    host === here
      ? 'wait for its end, or end it; tiltyard view and tiltyard report work meanwhile'
      : `whether it still runs cannot be told from ${here}; where it does not, delete ${lock}`;
  return new TiltyardError('folder-in-use', `${who}; ${remedy}`);
}

/** Whether somebody works on a folder, or was killed while doing so. */
export const wasOwned = (dir: string): boolean => existsSync(storePaths(dir).lock);
