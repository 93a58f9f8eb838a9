import { execFileSync } from 'node:child_process';
import { readFileSync } from 'node:fs';

/** What one command may take. */
export interface Limits {
  /** Its processor's seconds: the clock's depend on who else is at work. */
  readonly cpuSeconds: number;
  readonly wallSeconds: number;
  readonly bytes: number;
}

/** What reads an input may take. */
export const LIMITS: Limits = { cpuSeconds: 10, wallSeconds: 90, bytes: 2 * 2 ** 30 };

/** What a process has used so far. */
export interface Use {
  readonly cpuSeconds: number;
  readonly bytes: number;
}

/** Clock ticks a second, and bytes a page, of Linux on every machine that Node is built for but arm's. */
const [TICKS, PAGE] = [100, 4096];

/** What a process has used; null once it has ended. */
export function useOf(pid: number): Use | null {
  try {
    const fields = readFileSync(`/proc/${pid}/stat`, 'utf8')
      .replace(/^.*\) /s, '')
      .split(' ');
    const bytes = Number(fields[21]) * PAGE;
    return { cpuSeconds: (Number(fields[11]) + Number(fields[12])) / TICKS, bytes };
  } catch {
    return process.platform === 'linux' ? null : useByPs(pid);
  }
}

function useByPs(pid: number): Use | null {
  try {
    const text = execFileSync('ps', ['-o', 'time=,rss=', '-p', String(pid)], { encoding: 'utf8' });
    const [time = '', kilobytes] = text.trim().split(/\s+/);
    const cpuSeconds = time.split(':').reduce((seconds, part) => 60 * seconds + Number(part), 0);
    return { cpuSeconds, bytes: 1024 * Number(kilobytes) };
  } catch {
    return null;
  }
}

/** Processes that a process has started, and theirs; none where the system does not say. */
function startedBy(pid: number): number[] {
  try {
    const text = readFileSync(`/proc/${pid}/task/${pid}/children`, 'utf8');
    const own = text.split(' ').filter(Boolean).map(Number);
    return [...own, ...own.flatMap(startedBy)];
  } catch {
    return [];
  }
}

/**
 * Looks at a process from outside until told to stop, and kills it when it takes more than it may. One that
 * it has started and that takes too much memory is killed alone, as a system would that has no more.
 * @param from what it had used before this command
 * @returns what was too much, once something was; how many it has started that were killed; what ends the
 *   looking
 */
export function watch(
  pid: number,
  from: Use,
  limits: Limits = LIMITS,
): {
  readonly tooMuch: () => string | null;
  readonly most: () => Use;
  readonly killed: () => number;
  readonly stop: () => void;
} {
  const began = Date.now();
  let killed = 0;
  let said: string | null = null;
  let most: Use = { cpuSeconds: 0, bytes: 0 };
  const look = (): void => {
    const now = useOf(pid);
    if (now === null) return;
    most = { cpuSeconds: now.cpuSeconds - from.cpuSeconds, bytes: Math.max(most.bytes, now.bytes) };
    if (most.cpuSeconds > limits.cpuSeconds) said ??= `over ${limits.cpuSeconds} s`;
    if (Date.now() - began > 1000 * limits.wallSeconds) said ??= `hung for ${limits.wallSeconds} s`;
    if (most.bytes > limits.bytes) said ??= `over ${(limits.bytes / 2 ** 30).toFixed(1)} GiB`;
    const started = startedBy(pid);
    for (const one of started) {
      if (said === null && (useOf(one)?.bytes ?? 0) <= limits.bytes) continue;
      process.kill(one, 'SIGKILL');
      killed++;
    }
    if (said !== null) process.kill(pid, 'SIGKILL');
  };
  const timer = setInterval(() => {
    try {
      look();
    } catch {
      // it ended meanwhile
    }
  }, 100);
  return { tooMuch: () => said, most: () => most, killed: () => killed, stop: () => clearInterval(timer) };
}
