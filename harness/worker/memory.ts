import { readFileSync, writeFileSync } from 'node:fs';

/**
 * Begins a new measurement of `peakMemory`, from what the process holds once its garbage is collected.
 * @returns false where this system keeps one mark for a process's whole life: it can measure one run then
 */
export function resetPeak(): boolean {
  globalThis.gc?.();
  try {
    writeFileSync('/proc/self/clear_refs', '5');
  } catch {
    return false;
  }
  // Some sandboxes take the word and do nothing.
  const [peak, now] = [status('VmHWM'), status('VmRSS')];
  return peak !== null && now !== null && peak - now < SLACK;
}

/** Most resident memory of this process since `resetPeak` or, without one, since it began; bytes. */
export const peakMemory = (): number => status('VmHWM') ?? process.resourceUsage().maxRSS * 1024;

/** What moves between two readings. */
const SLACK = 8 * 2 ** 20;

/** An amount of memory from Linux's account of this process, bytes; null where there is none. */
function status(name: 'VmHWM' | 'VmRSS'): number | null {
  try {
    const found = new RegExp(`^${name}:\\s+(\\d+) kB$`, 'm').exec(readFileSync('/proc/self/status', 'utf8'));
    return found === null ? null : Number(found[1]) * 1024;
  } catch {
    return null;
  }
}
