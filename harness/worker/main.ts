import { createInterface } from 'node:readline';
import { readJson } from '../store/atomic.js';
import { runPaths } from '../store/layout.js';
import type { Outcome } from '../store/records.js';
import type { RunSpec } from '../store/spec.js';
import { runWorker } from './run-worker.js';
import { serve } from './serve.js';

/**
 * Runs in a process of their own, run.json in, rows and outcome.json out: `node main.js <run folder>` works
 * on one; `node main.js` on one after the other, as `serve` is told on stdin.
 */
const runDir = process.argv[2];
let interrupted = false;
let idle = false;
for (const signal of ['SIGTERM', 'SIGINT'] as const) {
  process.on(signal, () => {
    if (idle) process.exit(0);
    interrupted = true;
  });
}
// A killed parent cannot tell: an orphan stops after its step, so that a resume does not meet it still
// writing. Until then nobody reads its events.
const parent = process.ppid;
process.stdout.on('error', () => undefined);
const emit = (event: Readonly<Record<string, unknown>>): void => {
  process.stdout.write(`${JSON.stringify(event)}\n`);
};
const host = { emit, interrupted: () => interrupted || process.ppid !== parent };
const outcome = runDir === undefined ? await serve(tasks(), host) : await workOn(runDir);
// Events that still wait in the pipe would be lost with the process.
await new Promise<void>((drained) => process.stdout.write('', () => drained()));
process.exit(outcome === 'interrupted' ? 3 : 0);

async function workOn(dir: string): Promise<Outcome> {
  const concurrent = process.env['TILTYARD_CONCURRENT'] === '1';
  return runWorker(readJson<RunSpec>(runPaths(dir).run), dir, { ...host, concurrent });
}

/** Lines of stdin, which ends with the parent; while one is waited for, a signal ends the worker at once. */
async function* tasks(): AsyncGenerator<string> {
  const lines = createInterface({ input: process.stdin })[Symbol.asyncIterator]();
  for (;;) {
    idle = true;
    const { value, done } = await lines.next();
    idle = false;
    if (done === true) return;
    yield value;
  }
}
