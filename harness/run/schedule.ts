import { existsSync, readFileSync } from 'node:fs';
import { runPaths } from '../store/layout.js';
import { finished, type StoredRun } from '../store/read.js';
import type { OutcomeRow } from '../store/records.js';
import type { RunHost } from './host.js';
import { Durations } from './durations.js';
import { isFinal } from './final.js';
import { foresee } from './foresee.js';
import { attempt, recordFailure } from './launch/attempt.js';
import { lastLines } from './launch/printed.js';
import { longestFirst } from './longest-first.js';
import { inputsOf } from './longest-paths.js';
import type { Already } from './progress/progress.js';
import { type Tampered, Witness } from './witness.js';

/**
 * Starts every run whose inputs are there, `jobs` at a time; one whose input failed is recorded as failed.
 * Several at a time begin with what most waits for; one at a time keep to the plan, seed after seed, since
 * their order changes nothing but which results are there first.
 * @returns what ended runs left that is no longer as they left it
 */
export async function runAll(
  runs: readonly StoredRun[],
  { jobs, retryFailed }: { readonly jobs: number; readonly retryFailed?: boolean | undefined },
  host: RunHost,
): Promise<Tampered[]> {
  const witness = new Witness();
  const outcomes = new Map<string, OutcomeRow>();
  const waiting: StoredRun[] = [];
  for (const run of runs) {
    if (isFinal(run, retryFailed)) {
      outcomes.set(run.spec.id, run.outcome!);
      witness.ended(run);
    } else waiting.push(run);
  }
  const elsewhere = host.launcher.elsewhere !== undefined;
  const concurrent = jobs > 1 && waiting.length > 1;
  const active = new Map<string, Promise<void>>();
  const durations = new Durations();
  const already = runs.flatMap(({ spec }): Already[] => {
    const outcome = outcomes.get(spec.id);
    if (outcome === undefined) return [];
    return [{ spec, seconds: finished({ outcome }) ? outcome.clock.wallSeconds : null }];
  });
  for (const { spec, seconds } of already) if (seconds !== null) durations.ended(spec, seconds);
  const choose = (ready: readonly StoredRun[]): StoredRun => {
    if (!concurrent || elsewhere || ready.length === 1) return ready[0]!;
    const specs = ready.map(({ spec }) => spec);
    const plan = waiting.map(({ spec }) => spec);
    return ready[specs.indexOf(longestFirst(specs, plan, durations, jobs))]!;
  };
  const settle = (run: StoredRun, outcome: OutcomeRow): void => {
    outcomes.set(run.spec.id, outcome);
    witness.ended(run);
    host.progress.ended(run.spec, outcome);
    if (outcome.outcome === 'failed') sayPrinted(run, outcome, host);
  };
  const start = async (run: StoredRun): Promise<void> => {
    host.progress.started(run.spec);
    const began = performance.now();
    const outcome = await attempt(run, concurrent, host);
    active.delete(run.spec.id);
    if (outcome === null) {
      if (!host.signal.aborted) host.progress.note(`${run.spec.id}: its worker was stopped from outside`);
      return;
    }
    if (finished({ outcome }))
      durations.ended(run.spec, elsewhere ? outcome.clock.wallSeconds : secondsSince(began));
    settle(run, outcome);
  };
  host.progress.planned(
    waiting.map(({ spec }) => spec),
    already,
    jobs,
    host.launcher.elsewhere,
  );
  const forecast = elsewhere
    ? null // steps measured here say nothing of machines elsewhere
    : foresee(
        runs.map(({ spec }) => spec),
        waiting.map(({ spec }) => spec),
        durations,
        jobs,
        host,
      );
  while ((waiting.length > 0 && !host.signal.aborted) || active.size > 0) {
    while (!host.signal.aborted && active.size < jobs) {
      const next = takeNext(waiting, outcomes, choose);
      if (next === null) break;
      const { run, broken } = next;
      if (broken === null) {
        const running = start(run);
        running.catch(() => undefined); // the first one that throws ends all
        active.set(run.spec.id, running);
      } else {
        const how = outcomes.get(broken)!.outcome;
        settle(run, recordFailure(run, 'input-failed', `its input ${broken} ended as ${how}`));
      }
    }
    // What waits then waits for a run whose worker was stopped from outside: it can go on later.
    if (active.size === 0) break;
    await Promise.race(active.values());
  }
  forecast?.abandon();
  const tampered = witness.changed();
  for (const { file, what } of tampered)
    host.progress.note(`${file} ${what} when its run had ended; the report says so`);
  host.progress.close();
  return tampered;
}

const secondsSince = (began: number): number => (performance.now() - began) / 1000;

/** What a run printed before it failed, where that is more than what it failed of. */
function sayPrinted({ spec, dir }: StoredRun, { cause }: OutcomeRow, { progress }: RunHost): void {
  const { output } = runPaths(dir);
  if (!existsSync(output)) return;
  const last = lastLines(readFileSync(output, 'utf8'));
  const isSaid = cause?.message.includes(last.replace(/^\w*Error: /, '')) === true;
  progress.note(
    isSaid ? `${spec.id}: more in ${output}` : `${spec.id} printed last: ${last} (more in ${output})`,
  );
}

interface Next {
  readonly run: StoredRun;
  /** An input that ended so that nothing can build on it; null where all are there. */
  readonly broken: string | null;
}

/** Takes a run out of `waiting` that can start or never can; null where all wait for others. */
function takeNext(
  waiting: StoredRun[],
  outcomes: ReadonlyMap<string, OutcomeRow>,
  choose: (ready: readonly StoredRun[]) => StoredRun,
): Next | null {
  const ready: StoredRun[] = [];
  for (const [i, run] of waiting.entries()) {
    const inputs = inputsOf(run.spec);
    const broken = inputs.find((id) => outcomes.has(id) && !finished({ outcome: outcomes.get(id)! }));
    if (broken !== undefined) {
      waiting.splice(i, 1);
      return { run, broken };
    }
    if (inputs.every((id) => outcomes.has(id))) ready.push(run);
  }
  if (ready.length === 0) return null;
  const run = choose(ready);
  waiting.splice(waiting.indexOf(run), 1);
  return { run, broken: null };
}
