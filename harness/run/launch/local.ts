import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import type { Launcher, LaunchResult } from './launch.js';
import { WorkerProcess } from './worker-process.js';

const WORKER = join(dirname(fileURLToPath(import.meta.url)), '..', '..', 'worker', 'main.js');

/**
 * Processes of this machine, each of which takes run after run: libraries load once. A run has one to itself
 * while it lasts, so that its crash costs no other; a worker that ends is replaced when the next run needs
 * one.
 */
export function localLauncher(entry = WORKER): Launcher {
  const idle = new Set<WorkerProcess>();
  const take = (fits: (worker: WorkerProcess) => boolean): WorkerProcess | null => {
    for (const worker of idle) {
      idle.delete(worker);
      if (fits(worker)) return worker;
      void worker.end();
    }
    return null;
  };
  return {
    async launch({ engine, budget }, runDir, options): Promise<LaunchResult> {
      for (;;) {
        const warm = take((worker) => worker.serves(engine));
        const worker = warm ?? new WorkerProcess(entry, engine);
        const { taken, ...result } = await worker.work(runDir, budget.maxSeconds, options);
        if (!worker.hasEnded) idle.add(worker);
        // One that died while it waited, or would not take another run, is no failure of this run.
        else if (warm !== null && !taken && !options.signal.aborted) continue;
        return result;
      }
    },
    async close(): Promise<void> {
      const workers = [...idle];
      idle.clear();
      await Promise.all(workers.map((worker) => worker.end()));
    },
  };
}
