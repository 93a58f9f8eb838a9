import { execFileSync } from 'node:child_process';
import { readFileSync } from 'node:fs';

/** What one command may take. */
export interface Limits {
  /** Its processor's seconds: the clock's depend on who else is at work. */
  readonly cpuSeconds: number;
  /** Seconds of the clock in which nothing of it wants a processor: it waits for what does not come. */
  readonly idleSeconds: number;
  readonly bytes: number;
}

/** What reads an input may take. */
export const LIMITS: Limits = { cpuSeconds: 10, idleSeconds: 30, bytes: 2 * 2 ** 30 };

/** What a process has used so far. */
export interface Use {
  readonly cpuSeconds: number;
  readonly bytes: number;
  /** Whether it has a processor, or wants one. */
  readonly isBusy: boolean;
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
    const cpuSeconds = (Number(fields[11]) + Number(fields[12])) / TICKS;
    return { cpuSeconds, bytes, isBusy: fields[0] === 'R' };
  } catch {
    return process.platform === 'linux' ? null : useByPs(pid);
  }
}

function useByPs(pid: number): Use | null {
  try {
    const text = execFileSync('ps', ['-o', 'time=,rss=', '-p', String(pid)], { encoding: 'utf8' });
    const [time = '', kilobytes] = text.trim().split(/\s+/);
    const cpuSeconds = time.split(':').reduce((seconds, part) => 60 * seconds + Number(part), 0);
    return { cpuSeconds, bytes: 1024 * Number(kilobytes), isBusy: false };
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
  from: Omit<Use, 'isBusy'>,
  limits: Limits = LIMITS,
): {
  readonly tooMuch: () => string | null;
  readonly most: () => Omit<Use, 'isBusy'>;
  readonly killed: () => number;
  readonly stop: () => void;
} {
  let [killed, idle, looked] = [0, 0, Date.now()];
  let said: string | null = null;
  let most = { cpuSeconds: 0, bytes: 0 };
  const look = (): void => {
    const now = useOf(pid);
    if (now === null) return;
    most = { cpuSeconds: now.cpuSeconds - from.cpuSeconds, bytes: Math.max(most.bytes, now.bytes) };
    if (most.cpuSeconds > limits.cpuSeconds) said ??= `over ${limits.cpuSeconds} s`;
    if (most.bytes > limits.bytes) said ??= `over ${(limits.bytes / 2 ** 30).toFixed(1)} GiB`;
    const started = startedBy(pid).map((one) => [one, useOf(one)] as const);
    const isBusy = now.isBusy || started.some(([, use]) => use?.isBusy === true);
    idle = isBusy ? 0 : idle + Date.now() - looked;
    looked = Date.now();
    if (idle > 1000 * limits.idleSeconds) said ??= `waits for ${limits.idleSeconds} s for what does not come`;
    for (const [one, use] of started) {
      if (said === null && (use?.bytes ?? 0) <= limits.bytes) continue;
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
