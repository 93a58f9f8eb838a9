import { readFileSync, renameSync, writeFileSync } from 'node:fs';
import type { ClusterJob } from '../../lock-file.js';
import type { WorkerEvent } from '../launch.js';

/** What a job says of its run: there is no pipe between it and whoever submitted it. */
export interface Status {
  readonly job: ClusterJob;
  readonly node: string;
  /** Counts up for as long as the job lives. */
  readonly beat: number;
  /** What the run's worker said last of each kind; null before it said anything. */
  readonly started: Extract<WorkerEvent, { type: 'started' }> | null;
  readonly progress: Extract<WorkerEvent, { type: 'progress' }> | null;
  /** The last notes, of so many in all. */
  readonly notes: readonly string[];
  readonly noted: number;
}

/** Notes that a status holds. */
export const NOTES_KEPT = 20;

/** Puts a status there whole. It is a help and no result: it need not be on the disk at once. */
export function writeStatus(path: string, status: Status): void {
  const temporary = `${path}.${process.pid}.tmp`;
  writeFileSync(temporary, `${JSON.stringify(status)}\n`);
  renameSync(temporary, path);
}

/** Null where there is none that can be read. */
export function readStatus(path: string): Status | null {
  try {
    return JSON.parse(readFileSync(path, 'utf8')) as Status;
  } catch {
    return null;
  }
}

/** What of a status is new to somebody who has seen an earlier one. */
export function newsIn(now: Status, seen: Status | null): WorkerEvent[] {
  const isSameJob = seen?.job.id === now.job.id && seen.job.restarts === now.job.restarts;
  const known = isSameJob ? seen : null;
  const fresh = now.noted - (known?.noted ?? 0);
  const isNew = (a: unknown, b: unknown): boolean => JSON.stringify(a) !== JSON.stringify(b);
  const lost = fresh - now.notes.length;
  return [
    ...(now.started !== null && isNew(now.started, known?.started) ? [now.started] : []),
    ...(lost > 0 ? [note(`${lost} more notes, which were not kept`)] : []),
    ...(fresh > 0 ? now.notes.slice(-fresh).map(note) : []),
    ...(now.progress !== null && isNew(now.progress, known?.progress) ? [now.progress] : []),
  ];
}

const note = (message: string): WorkerEvent => ({ type: 'note', message });
