import { join } from 'node:path';
import type { RunSpec } from '../store/records.js';
import { readJson } from '../store/atomic.js';
import { runWorker } from './run-worker.js';

/** One run in its own process: `node main.js <run folder>`. run.json in, rows and outcome.json out. */
const runDir = process.argv[2];
if (runDir === undefined) {
  process.stderr.write('tiltyard worker: give the run folder, e.g. node main.js runs/x/runs/y\n');
  process.exit(2);
}
let interrupted = false;
for (const signal of ['SIGTERM', 'SIGINT'] as const) process.on(signal, () => (interrupted = true));
// A killed parent cannot tell: an orphan stops after its step, so that a resume does not meet it still writing.
const parent = process.ppid;
const emit = (event: Readonly<Record<string, unknown>>): void => void process.stdout.write(`${JSON.stringify(event)}\n`);
const outcome = await runWorker(readJson<RunSpec>(join(runDir, 'run.json')), runDir, { emit, interrupted: () => interrupted || process.ppid !== parent });
process.exit(outcome === 'interrupted' ? 3 : 0);
