import { setTimeout as sleep } from 'node:timers/promises';
import type { ExternalJob } from '../../contracts/external.js';
import { TiltyardError } from '../../errors.js';
import { checkFirst } from '../loop.js';
import { TimedOut } from '../timed-out.js';
import type { Told } from './command.js';
import { type ReportedStep, stepIn } from './metrics.js';
import { Tail } from './tail.js';
import { Trainer } from './trainer.js';

/** Milliseconds between two looks at what a trainer has written. */
const EVERY = 100;
/** Beyond its budget a trainer has so many seconds to stop and save, or that share of it where it is more. */
const GRACE = { seconds: 10, share: 0.25 } as const;

/** A trainer at work, and who watches. */
export interface Attended {
  /** The plugin's name, for messages. */
  readonly plugin: string;
  readonly told: Told;
  readonly job: ExternalJob;
  /** Its working directory. */
  readonly dir: string;
  /** Whether what it prints is printed here; absent: it is. */
  readonly isHeard?: boolean;
  /** Seconds that it has beyond its budget, at least; absent: 10. */
  readonly grace?: number;
  interrupted(): boolean;
  /** Called with each step, as soon as it is there. @param stepMs since the one before */
  onStep(step: ReportedStep, stepMs: number): void;
}

/**
 * Starts a trainer and watches it to its end.
 * @throws TiltyardError where it fails, or reports what is no step; `Diverged` for a number that is not
 * finite; `TimedOut` where it does not stop at its budget
 */
export async function attend(attended: Attended): Promise<'ended' | 'interrupted'> {
  const { plugin, told, job, dir, interrupted } = attended;
  const { maxSteps, maxSeconds } = job.budget;
  const tail = new Tail(job.metrics);
  const { file, args, env } = told.command;
  // Whatever the trainer starts inherits it, so that what is left of a job can be found.
  const command = { file, args, env: { ...env, TILTYARD_JOB: job.file } };
  const trainer = new Trainer(command, dir, job.threads, attended.isHeard);
  const began = performance.now();
  let last = 0;
  let lastAt = began;
  const take = (line: string): void => {
    const reported = stepIn(plugin, line, last);
    if (maxSteps !== null && reported.step > maxSteps) {
      const what = `took step ${reported.step}, and its budget has ${maxSteps}`;
      throw failure('over-budget', plugin, `${what}; a trainer stops at job.budget.maxSteps`);
    }
    if (reported.step === 1) checkFirst(plugin, reported, told.atStart);
    const now = performance.now();
    attended.onStep(reported, now - lastAt);
    [last, lastAt] = [reported.step, now];
  };
  const patience =
    maxSeconds === null
      ? null
      : maxSeconds + Math.max(attended.grace ?? GRACE.seconds, GRACE.share * maxSeconds);
  try {
    for (;;) {
      const end = trainer.hasEnded; // before reading: what it wrote before its end is there
      for (const line of tail.lines()) take(line);
      if (end !== null) break;
      if (interrupted()) return 'interrupted';
      if (patience !== null && performance.now() - began > patience * 1000) {
        const what = `did not stop at its budget of ${Math.round(maxSeconds!)} seconds, and was ended`;
        throw new TimedOut('timed-out', `plugin ${plugin}: ${what}; it left no model`, { exitCode: 1 });
      }
      await Promise.race([trainer.ended, sleep(EVERY)]);
    }
  } finally {
    await trainer.end();
  }
  const { error, exitCode, signal } = trainer.hasEnded!;
  if (error !== undefined) throw failure('no-trainer', plugin, `${file} could not be started: ${error}`);
  if (exitCode !== 0) {
    const how = signal === null ? `exit code ${exitCode}` : `signal ${signal}`;
    const words = trainer.lastWords === '' ? 'it said nothing' : trainer.lastWords;
    throw failure('trainer-failed', plugin, `its trainer ${file} ended with ${how}: ${words}`);
  }
  if (tail.rest !== '') take(tail.rest);
  if (last > 0 || job.resume) return 'ended'; // an earlier process may have taken the last step
  throw failure('no-metrics', plugin, `its trainer ended and reported no step in ${job.metrics}`);
}

const failure = (code: string, plugin: string, what: string): TiltyardError =>
  new TiltyardError(code, `plugin ${plugin}: ${what}`, { exitCode: 1 });
