import { readJson } from '../store/atomic.js';
import { runPaths } from '../store/layout.js';
import type { RunSpec } from '../store/spec.js';
import { runWorker } from './run-worker.js';

/** One run in its own process: `node main.js <run folder>`. run.json in, rows and outcome.json out. */
const runDir = process.argv[2];
if (runDir === undefined) {
  process.stderr.write('tiltyard worker: give the run folder, e.g. node main.js runs/x/runs/y\n');
  process.exit(2);
}
let interrupted = false;
for (const signal of ['SIGTERM', 'SIGINT'] as const) process.on(signal, () => (interrupted = true));
// A killed parent cannot tell: an orphan stops after its step, so that a resume does not meet it still
// writing. Until then nobody reads its events.
const parent = process.ppid;
process.stdout.on('error', () => undefined);
const emit = (event: Readonly<Record<string, unknown>>): void => {
  process.stdout.write(`${JSON.stringify(event)}\n`);
};
const host = { emit, interrupted: () => interrupted || process.ppid !== parent };
const outcome = await runWorker(readJson<RunSpec>(runPaths(runDir).run), runDir, host);
// Events that still wait in the pipe would be lost with the process.
await new Promise<void>((drained) => process.stdout.write('', () => drained()));
process.exit(outcome === 'interrupted' ? 3 : 0);
