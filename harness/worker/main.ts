import { readJson } from '../store/atomic.js';
import { runPaths } from '../store/layout.js';
import type { Outcome } from '../store/records.js';
import type { RunSpec } from '../store/spec.js';
import { systemError } from '../system-error.js';
import { Channel } from './channel.js';
import { drained } from './drained.js';
import { runWorker } from './run-worker.js';
import { serve } from './serve.js';
import { catchStrays } from './strays.js';
import { watch } from './watchdog.js';

/**
 * Runs in a process of their own, run.json in, rows and outcome.json out: `node main.js <run folder>` works
 * on one; `node main.js` on one after the other, as `serve` is told by its parent.
 */
const runDir = process.argv[2];
let interrupted = false;
/** While no run is worked on, what goes wrong is nobody's, and a signal ends the process at once. */
let idle = true;
const { failure, failed, leave } = catchStrays(() => idle);
for (const signal of ['SIGTERM', 'SIGINT'] as const) {
  process.on(signal, () => {
    if (idle) leave(0);
    interrupted = true;
  });
}
let outcome: Outcome | null = null;
try {
  outcome = runDir === undefined ? await served() : await workOn(runDir);
} catch (error) {
  // Not even its outcome could be written.
  process.stderr.write(`${systemError(error)?.message ?? (error as Error).stack}\n`);
  await drained(process.stderr);
  leave(1);
}
// What waits in a pipe would be lost with the process.
await Promise.all([process.stdout, process.stderr].map(drained));
leave(outcome === 'interrupted' ? 3 : 0);

async function workOn(dir: string): Promise<Outcome> {
  const concurrent = process.env['TILTYARD_CONCURRENT'] === '1';
  idle = false;
  const host = { emit: () => undefined, interrupted: () => interrupted, failure, concurrent };
  return runWorker(readJson<RunSpec>(runPaths(dir).run), dir, host);
}

async function served(): Promise<Outcome | null> {
  const channel = new Channel();
  const last = await serve(tasks(channel), {
    emit: (event) => channel.emit(event),
    // A killed parent cannot tell: an orphan stops after its step, so that a resume does not meet it still
    // writing.
    interrupted: () => interrupted || channel.isOver || failed(),
    mustYieldBy: watch(),
    failure,
  });
  await channel.drained();
  return last;
}

/** Tasks of the parent, until it is gone. */
async function* tasks(channel: Channel): AsyncGenerator<string> {
  const lines = channel.lines();
  for (;;) {
    idle = true;
    const { value, done } = await lines.next();
    if (done === true) return;
    idle = false;
    yield value;
  }
}
