import { existsSync } from 'node:fs';
import { environment } from '../../environment.js';
import { readJson } from '../../store/atomic.js';
import { withdrawOutcome, writeOutcome } from '../../store/files.js';
import { type RunPaths, runPaths } from '../../store/layout.js';
import { nothingLeft } from '../../store/nothing-left.js';
import type { StoredRun } from '../../store/read.js';
import type { CardUse, OutcomeRow } from '../../store/records.js';
import type { RunHost } from '../host.js';
import { restoreSpec } from '../restore.js';
import { together } from './card-use.js';
import type { WorkerEvent } from './launch.js';

/**
 * Starts a run's worker and waits for its end.
 * @param concurrent whether other runs share the cores
 * @returns null where the run was interrupted and can go on later
 */
export async function attempt(
  { spec, dir, outcome: known }: StoredRun,
  concurrent: boolean,
  { launcher, progress, signal, ownership }: Pick<RunHost, 'launcher' | 'progress' | 'signal' | 'ownership'>,
): Promise<OutcomeRow | null> {
  const paths = runPaths(dir);
  const isAtWork = (await launcher.adopt?.(spec, dir)) ?? false;
  const before = existsSync(paths.outcome) ? readJson<OutcomeRow>(paths.outcome) : null;
  if (launcher.elsewhere !== undefined && isNews(before, known)) return before;
  if (!isAtWork) {
    withdrawOutcome(paths);
    restoreSpec({ spec, dir }, (text) => progress.note(text));
  }
  const onEvent = (event: WorkerEvent): void => progress.event(spec, event);
  const onProcess = (pid: number): void => ownership?.worker(pid);
  const result = await launcher.launch(spec, dir, { concurrent, signal, onEvent, onProcess });
  if (existsSync(paths.outcome)) {
    const outcome = withCard(paths, readJson<OutcomeRow>(paths.outcome), result.card, before);
    if (result.ended !== undefined && !signal.aborted && isCutOff(outcome))
      return recordEnded({ spec, dir }, result.ended);
    return outcome.outcome === 'interrupted' ? null : outcome;
  }
  if (signal.aborted) return null;
  if (result.timedOut === true) {
    const what = `did not stop at its budget of ${spec.budget.maxSeconds} seconds, and was ended`;
    return recordFailure({ spec, dir }, 'timed-out', `${what}; it left no model`, 'timed-out');
  }
  if (result.ended !== undefined) return recordEnded({ spec, dir }, result.ended);
  const how = result.signal === null ? `exit code ${result.exitCode}` : `signal ${result.signal}`;
  const said = result.printed === '' ? '' : `: ${result.printed}`;
  const remedy = 'tiltyard resume starts it again from its last checkpoint';
  return recordFailure(
    { spec, dir },
    'process-died',
    `the worker ended with ${how} before it wrote an outcome${said}; ${remedy}`,
  );
}

/** Whether a job that nobody waited for has ended its run since it was read. */
const isNews = (now: OutcomeRow | null, known: OutcomeRow | null): now is OutcomeRow =>
  now !== null && now.outcome !== 'interrupted' && now.clock.startedAt !== known?.clock.startedAt;

/** Whether a run has not come to an end of its own. */
const isCutOff = ({ outcome, cause }: OutcomeRow): boolean =>
  outcome === 'interrupted' || cause?.code === 'process-died';

/** A scheduler has ended the run's job. */
const recordEnded = (run: Pick<StoredRun, 'spec' | 'dir'>, what: string): OutcomeRow =>
  recordFailure(run, 'job-ended', `${what}; tiltyard resume goes on from its last checkpoint`);

/**
 * Adds what was measured of the card, outside the process that wrote the outcome.
 * @param before what the run left when it was interrupted, which it now went on from
 */
function withCard(
  paths: RunPaths,
  outcome: OutcomeRow,
  now: CardUse | undefined,
  before: OutcomeRow | null,
): OutcomeRow {
  if (now === undefined) return outcome;
  const earlier = before?.outcome === 'interrupted' ? before.clock.card : undefined;
  const card = earlier === undefined ? now : together(earlier, now);
  const whole = { ...outcome, clock: { ...outcome.clock, card } };
  writeOutcome(paths, whole);
  return whole;
}

/** Writes the outcome of a run that could not write its own. */
export function recordFailure(
  { spec, dir }: Pick<StoredRun, 'spec' | 'dir'>,
  code: string,
  message: string,
  outcome: 'failed' | 'timed-out' = 'failed',
): OutcomeRow {
  const row = nothingLeft({
    outcome,
    cause: { code, message, plugin: spec.algorithm?.name ?? null, phase: 'launch', step: 0 },
    reason: 'the run did not start',
    startedAt: new Date().toISOString(),
    environment: environment(),
  });
  writeOutcome(runPaths(dir), row);
  return row;
}
