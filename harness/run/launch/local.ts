import { dirname, join } from 'node:path';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';
import { execa } from 'execa';
import type { Launcher, LaunchOptions, LaunchResult, WorkerEvent } from './launch.js';

const WORKER = join(dirname(fileURLToPath(import.meta.url)), '..', '..', 'worker', 'main.js');
/** Between the budget that a worker keeps itself and the moment its parent ends it. */
const GRACE_SECONDS = 60;

/** One process per run: memory, crashes and clocks belong to one algorithm. */
export function localLauncher(entry = WORKER): Launcher {
  return {
    async launch(spec, runDir, options: LaunchOptions): Promise<LaunchResult> {
      const { maxSeconds } = spec.budget;
      const child = execa(process.execPath, [entry, runDir], {
        reject: false,
        stdin: 'ignore',
        stdout: 'pipe',
        stderr: 'pipe',
        buffer: { stdout: false, stderr: true },
        maxBuffer: 1_000_000,
        cancelSignal: options.signal,
        forceKillAfterDelay: 20_000,
        // Ctrl-C reaches the whole process group: the worker's own handler makes it a checkpoint.
        cleanup: true,
        env: {
          TILTYARD_CONCURRENT: options.concurrent ? '1' : '0',
          OMP_NUM_THREADS: String(spec.engine.threads),
        },
        ...(maxSeconds === null ? {} : { timeout: (maxSeconds * 1.5 + GRACE_SECONDS) * 1000 }),
      });
      for await (const line of createInterface({ input: child.stdout! })) {
        const event = parsed(line);
        if (event !== null) options.onEvent(event);
      }
      const result = await child;
      const stderr = typeof result.stderr === 'string' ? result.stderr : '';
      const last = stderr.trim().split('\n').slice(-4).join(' | ').slice(-600);
      return { exitCode: result.exitCode ?? null, signal: result.signal ?? null, stderr: last };
    },
  };
}

function parsed(line: string): WorkerEvent | null {
  try {
    const event = JSON.parse(line) as WorkerEvent;
    return typeof event.type === 'string' ? event : null;
  } catch {
    return null; // a library's own chatter
  }
}
