import type { StoredRun } from '../store/read.js';
import { FINAL_OUTCOMES, type OutcomeRow } from '../store/records.js';
import type { RunHost } from './host.js';
import { attempt, RETRIED, recordFailure } from './launch/attempt.js';

/** Whether `resume` leaves a run as it ended. */
export const isFinal = ({ outcome }: StoredRun): boolean =>
  outcome !== null &&
  (FINAL_OUTCOMES as readonly string[]).includes(outcome.outcome) &&
  !RETRIED.includes(outcome.cause?.code ?? '');

/** Whether other runs can build on what a run left. */
const usable = ({ outcome }: OutcomeRow): boolean =>
  outcome === 'completed' || outcome === 'budget-spent' || outcome === 'timed-out';

/**
 * Starts every run whose inputs are there, `jobs` at a time; one whose input failed is recorded as failed.
 */
export async function runAll(runs: readonly StoredRun[], jobs: number, host: RunHost): Promise<void> {
  const outcomes = new Map<string, OutcomeRow>();
  for (const run of runs) if (isFinal(run)) outcomes.set(run.spec.id, run.outcome!);
  const waiting = runs.filter((run) => !isFinal(run));
  const concurrent = jobs > 1 && waiting.length > 1;
  const active = new Map<string, Promise<void>>();
  const settle = (run: StoredRun, outcome: OutcomeRow): void => {
    outcomes.set(run.spec.id, outcome);
    host.progress.ended(run.spec, outcome);
  };
  const start = async (run: StoredRun): Promise<void> => {
    host.progress.started(run.spec);
    const outcome = await attempt(run, concurrent, host);
    active.delete(run.spec.id);
    if (outcome !== null) settle(run, outcome);
  };
  host.progress.planned(
    waiting.map(({ spec }) => spec),
    runs.length - waiting.length,
    jobs,
  );
  while ((waiting.length > 0 && !host.signal.aborted) || active.size > 0) {
    while (!host.signal.aborted && active.size < jobs) {
      const next = takeNext(waiting, outcomes);
      if (next === null) break;
      const { run, broken } = next;
      if (broken === null) active.set(run.spec.id, start(run));
      else {
        const how = outcomes.get(broken)!.outcome;
        settle(run, recordFailure(run, 'input-failed', `its input ${broken} ended as ${how}`));
      }
    }
    if (active.size > 0) await Promise.race(active.values());
  }
  host.progress.close();
}

interface Next {
  readonly run: StoredRun;
  /** An input that ended so that nothing can build on it; null where all are there. */
  readonly broken: string | null;
}

/** Takes the first run out of `waiting` that can start or never can; null where all wait for others. */
function takeNext(waiting: StoredRun[], outcomes: ReadonlyMap<string, OutcomeRow>): Next | null {
  for (const [i, run] of waiting.entries()) {
    const inputs = Object.values(run.spec.inputs).filter((id): id is string => id !== null);
    const broken = inputs.find((id) => outcomes.has(id) && !usable(outcomes.get(id)!)) ?? null;
    if (broken === null && !inputs.every((id) => outcomes.has(id))) continue;
    waiting.splice(i, 1);
    return { run, broken };
  }
  return null;
}
