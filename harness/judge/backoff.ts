import { setTimeout as wait } from 'node:timers/promises';
import { Rng } from '../rng.js';

/** What waits and tells the time. */
export interface Clock {
  /** Milliseconds. */
  readonly now: () => number;
  /** Ends early, and quietly, where the signal is given. */
  readonly sleep: (ms: number, signal: AbortSignal) => Promise<void>;
}

export const systemClock: Clock = {
  now: () => Date.now(),
  sleep: (ms, signal) => wait(ms, undefined, { signal }).catch(() => undefined),
};

const FIRST_MS = 500;
const LONGEST_MS = 30_000;
/** A server that wants to be left alone for longer is not waited for. */
export const PATIENCE_MS = 10 * 60_000;

/**
 * Milliseconds before the next call of a question: twice as long each time, of which between half and all is
 * waited, by the question, so that calls that failed together do not come back together.
 * @param failures before it, at least one
 * @param retryAfterMs what the server asked for: never less than that
 */
export function backOff(key: string, failures: number, retryAfterMs: number | null): number {
  const whole = Math.min(LONGEST_MS, FIRST_MS * 2 ** (failures - 1));
  const share = 0.5 + 0.5 * Rng.fromSeed(`back-off ${key}`).split(failures).uniform();
  return Math.max(whole * share, retryAfterMs ?? 0);
}
