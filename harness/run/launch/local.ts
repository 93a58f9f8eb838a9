import { existsSync, renameSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { readJson } from '../../store/atomic.js';
import { confinedPaths, runPaths } from '../../store/layout.js';
import type { OutcomeRow } from '../../store/records.js';
import type { RunSpec } from '../../store/spec.js';
import { confinement } from './confinement.js';
import type { LaunchOptions, Launcher, LaunchResult } from './launch.js';
import { hasFailed } from './outcome.js';
import { WorkerProcess } from './worker-process.js';

const WORKER = join(dirname(fileURLToPath(import.meta.url)), '..', '..', 'worker', 'main.js');
/** Milliseconds that a process which ran somebody's code has to end by itself. */
const TO_LEAVE = 5000;

/**
 * Processes of this machine, each of which takes run after run: libraries load once. A run has one to itself
 * while it lasts, so that its crash costs no other; a worker that ends is replaced when the next run needs
 * one. A plugin that is not built in has a process of its own, which may read what was laid out for it and
 * write its own run, and nothing else.
 */
export function localLauncher(entry = WORKER): Launcher {
  const idle = new Set<WorkerProcess>();
  /** One that waits and fits; what waits with other settings ends, what waits for another card stays. */
  const take = (engine: RunSpec['engine'], card: string | null): WorkerProcess | null => {
    for (const worker of idle) {
      if (worker.serves(engine) && worker.card !== card) continue;
      idle.delete(worker);
      if (worker.serves(engine)) return worker;
      void worker.end();
    }
    return null;
  };
  const onWarm = async (
    { engine, budget }: RunSpec,
    runDir: string,
    options: LaunchOptions,
    part?: 'stage' | 'grade',
  ): Promise<LaunchResult> => {
    for (;;) {
      const { card = null } = options;
      const warm = take(engine, card);
      const worker = warm ?? new WorkerProcess(entry, engine, [], card);
      const maxSeconds = part === undefined ? budget.maxSeconds : null;
      const { taken, ...result } = await worker.work(runDir, maxSeconds, options, part);
      // What ends a run on a card may have broken the card for its process: the next run gets another.
      if (!worker.hasEnded && options.card !== undefined && hasFailed(runDir)) await worker.end(TO_LEAVE);
      else if (!worker.hasEnded) idle.add(worker);
      // One that died while it waited, or would not take another run, is no failure of this run.
      else if (warm !== null && !taken && !options.signal.aborted) continue;
      return result;
    }
  };
  const onItsOwn = async (spec: RunSpec, runDir: string, options: LaunchOptions): Promise<LaunchResult> => {
    const worker = new WorkerProcess(entry, spec.engine, confinement(spec, runDir), options.card);
    const { taken: _, ...result } = await worker.work(runDir, spec.budget.maxSeconds, options, 'confined');
    await worker.end(TO_LEAVE); // whatever it said: it is gone before anything that it wrote is read
    return result;
  };
  return {
    async launch(spec, runDir, options): Promise<LaunchResult> {
      const { code, says } = spec.algorithm ?? {};
      // Of a trainer outside no code runs here but its command's, which that worker starts.
      if (code === undefined || says?.external === true) return onWarm(spec, runDir, options);
      const paths = runPaths(runDir);
      const { outcome } = confinedPaths(runDir).run;
      let result: LaunchResult | null = null;
      if (!hasEnded(outcome)) {
        const staged = await onWarm(spec, runDir, options, 'stage');
        if (existsSync(paths.outcome) || isOver(staged, options)) return staged;
        result = await onItsOwn(spec, runDir, options);
        if (options.signal.aborted) {
          if (existsSync(outcome) && !hasEnded(outcome)) renameSync(outcome, paths.outcome);
          return result;
        }
      }
      const graded = await onWarm(spec, runDir, options, 'grade');
      return result === null || existsSync(paths.outcome) ? graded : result;
    },
    async close(): Promise<void> {
      const workers = [...idle];
      idle.clear();
      await Promise.all(workers.map((worker) => worker.end()));
    },
  };
}

const isOver = ({ exitCode }: LaunchResult, { signal }: LaunchOptions): boolean =>
  exitCode !== 0 || signal.aborted;

/** Whether a confined run came to an end that is not an interruption. */
const hasEnded = (outcome: string): boolean =>
  existsSync(outcome) && readJson<OutcomeRow>(outcome).outcome !== 'interrupted';
