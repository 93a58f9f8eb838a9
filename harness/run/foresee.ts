import { askForecast } from '../forecast/ask.js';
import type { RunSpec } from '../store/spec.js';
import { shortOfMemory } from './cost.js';
import type { Durations } from './durations.js';
import type { RunHost } from './host.js';
import { machineMemory } from './machine-memory.js';

/** A job of so few rounds of runs is known by its first ones before a forecast is there, unless it lasts. */
const ROUNDS = 4;
const LASTING_MS = 5000;

/**
 * Has a plan forecast beside the first runs, where no finished ones tell, and tells who watches.
 * @param plan every run of it
 * @param waiting those that are to be made
 * @returns what ends it when the runs have ended
 */
export function foresee(
  plan: readonly RunSpec[],
  waiting: readonly RunSpec[],
  durations: Durations,
  jobs: number,
  { progress, signal }: RunHost,
): { abandon(): void } {
  const over = new AbortController();
  const until = AbortSignal.any([signal, over.signal]);
  const told = waiting.every((spec) => durations.of(spec) !== null);
  const ask = async (): Promise<void> => {
    const forecast = await askForecast(plan, until);
    if ('why' in forecast || until.aborted) return;
    durations.foreseen(forecast.seconds);
    progress.foreseen(forecast.seconds);
    const short = shortOfMemory(forecast, machineMemory());
    if (short !== null) progress.note(`warning: ${short}`);
  };
  const start = (): void => void ask().catch(() => undefined);
  let timer: NodeJS.Timeout | undefined;
  if (!told) timer = setTimeout(start, waiting.length > ROUNDS * jobs ? 0 : LASTING_MS);
  return {
    abandon: () => {
      clearTimeout(timer);
      over.abort();
    },
  };
}
