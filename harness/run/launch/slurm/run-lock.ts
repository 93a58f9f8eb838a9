import { setTimeout as sleep } from 'node:timers/promises';
import { TiltyardError } from '../../../errors.js';
import { breakLock, type ClusterJob, type Owner, type Ownership, takeLock } from '../../lock-file.js';
import { readStatus } from './status.js';

/** What is known of whether a job still lives. */
export type Word = 'alive' | 'gone' | 'unknown';

/** How a run's lock is waited for. */
export interface Waiting {
  readonly signal: AbortSignal;
  /** Milliseconds without a sign of life after which the scheduler is asked. */
  readonly lease: number;
  /** What the scheduler says of a job. */
  ask(job: string): Promise<Word>;
  say(note: string): void;
}

/** How often a job that does not answer is asked for before it is given up, where the scheduler is silent. */
const ASKED = 5;

/**
 * Makes this job the only one that works on a run. It waits for an older one that lives: a node that its
 * scheduler lost may still be at work. One that shows no sign of life is taken over from where its scheduler
 * says that it is gone, with a word. A job that was begun anew is gone as what it was before.
 * @param status where the older one shows that it lives
 * @returns null where it is not waited for any more
 * @throws TiltyardError where nothing can be told of the older one
 */
export async function takeRun(
  paths: { readonly lock: string; readonly status: string },
  run: string,
  job: ClusterJob,
  { signal, lease, ask, say }: Waiting,
): Promise<Ownership | null> {
  let silent = 0;
  let hasSaid = false;
  const onOther = async (other: Owner): Promise<boolean> => {
    const who = nameOf(other);
    if (!hasSaid) say(`${run}: waits for ${who}, which works on it`);
    hasSaid = true;
    if (signal.aborted) return false;
    if (await livesOn(paths.status, lease, signal)) return !signal.aborted;
    if (signal.aborted) return false;
    const word = isEarlierSelf(other, job) ? 'gone' : await ask(other.job?.name ?? '');
    if (word === 'gone') {
      if (await breakLock(paths.lock, other)) say(`${run}: ${who} is gone; its lock is broken`);
      return true;
    }
    silent = word === 'unknown' ? silent + 1 : 0;
    if (silent < ASKED) return true;
    const what = `${run}: whether ${who} still works on it cannot be told from this node`;
    throw new TiltyardError('folder-in-use', `${what}; where it does not, delete ${paths.lock}`);
  };
  return takeLock(paths.lock, run, say, onOther, job);
}

const nameOf = ({ job, host, pid }: Owner): string =>
  job === undefined ? `process ${pid} on ${host}` : `job ${job.name} on ${host}`;

/** The same job, before its scheduler began it anew: by its word that one is over. */
const isEarlierSelf = ({ job }: Owner, now: ClusterJob): boolean =>
  job !== undefined && job.id === now.id && job.restarts < now.restarts;

/** Whether a job shows a sign of life within the time. */
async function livesOn(path: string, lease: number, signal: AbortSignal): Promise<boolean> {
  const first = signOf(path);
  const deadline = performance.now() + lease;
  while (performance.now() < deadline && !signal.aborted) {
    await sleep(Math.min(500, lease / 4));
    if (signOf(path) !== first) return true;
  }
  return false;
}

function signOf(path: string): string {
  const status = readStatus(path);
  return status === null ? '' : `${status.job.id} ${status.job.restarts} ${status.beat}`;
}
