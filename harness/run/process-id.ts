import { readFileSync } from 'node:fs';

/** A process, told apart from later ones that get its number. */
export interface ProcessId {
  readonly pid: number;
  /** When it began, where the system says it (Linux): boot and clock tick; null elsewhere. */
  readonly start: string | null;
}

/** Null for a process that is not there. */
export function processId(pid: number): ProcessId | null {
  return exists(pid) ? { pid, start: startOf(pid) } : null;
}

/** Whether this very process still runs; one that has ended and only waits to be noticed does not. */
export function isAlive({ pid, start }: ProcessId): boolean {
  if (!Number.isInteger(pid) || pid <= 0 || !exists(pid)) return false;
  const now = startOf(pid);
  return now === null ? start === null : start === null || now === start;
}

function exists(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === 'EPERM'; // somebody else's
  }
}

/** Fields of /proc/<pid>/stat after the name, which may hold anything: state is the third, start the 22nd. */
function startOf(pid: number): string | null {
  try {
    const stat = readFileSync(`/proc/${pid}/stat`, 'utf8');
    const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
    if (fields[0] === 'Z') return 'ended';
    const boot = readFileSync('/proc/sys/kernel/random/boot_id', 'utf8').trim();
    return `${boot}:${fields[19]}`;
  } catch {
    return null;
  }
}
