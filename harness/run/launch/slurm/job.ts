import { existsSync } from 'node:fs';
import { cpus, hostname } from 'node:os';
import { TiltyardError } from '../../../errors.js';
import { readJson } from '../../../store/atomic.js';
import { clusterPaths, runPaths } from '../../../store/layout.js';
import type { OutcomeRow } from '../../../store/records.js';
import type { ClusterJob, Ownership } from '../../lock-file.js';
import { tidyUnfinished } from '../../tidy.js';
import { attempt } from '../attempt.js';
import { localLauncher } from '../local.js';
import { onCards } from '../on-cards.js';
import { Life } from './life.js';
import { takeRun, type Word } from './run-lock.js';
import { isAlive, scheduler } from './scheduler.js';
import { taskOf } from './wave.js';

/**
 * A job of a cluster: `node job.js OUT WAVE INDEX` works on one run as a launching process on one machine
 * would, and writes down what it would show. Exit code 0: the run has an outcome; 1: its worker died; 3: it
 * was stopped and goes on later.
 */

/** Milliseconds without a sign of life after which another job may ask whether this one is gone. */
const LEASE = 30_000;

const [out = '', wave = '', index = ''] = process.argv.slice(2);
const env = process.env;
const array = env['SLURM_ARRAY_JOB_ID'];
const id = env['SLURM_JOB_ID'] ?? String(process.pid);
const job: ClusterJob = {
  name: array === undefined ? id : `${array}_${index}`,
  id,
  restarts: Number(env['SLURM_RESTART_COUNT'] ?? 0),
};
const node = env['SLURMD_NODENAME'] ?? hostname();
const task = taskOf(out, wave, Number(index));
const { spec, dir } = task;
const paths = { lock: clusterPaths(out).lock(spec.id), status: clusterPaths(out).status(spec.id) };
const abort = new AbortController();
for (const signal of ['SIGTERM', 'SIGINT'] as const) process.on(signal, () => abort.abort());
const print = (note: string): void => void process.stdout.write(`${note}\n`);

print(`job ${job.name} on ${node}${job.restarts === 0 ? '' : `, begun anew (${job.restarts})`}: ${spec.id}`);
try {
  const waiting = { signal: abort.signal, lease: LEASE, ask: wordOf, say: print };
  const lock = await takeRun(paths, spec.id, job, waiting);
  process.exitCode = lock === null ? 3 : await work(lock);
} catch (error) {
  const foreseen = error instanceof TiltyardError || !(error instanceof Error);
  process.stderr.write(`${foreseen ? String(error) : error.stack}\n`);
  process.exitCode = 1;
}

async function work(own: Ownership): Promise<number> {
  const { outcome: path } = runPaths(dir);
  // Whoever submitted this withdrew what was there: another job of the run has ended it since.
  const before = existsSync(path) ? readJson<OutcomeRow>(path) : null;
  if (before !== null && before.outcome !== 'interrupted') {
    print(`has ended already: ${before.outcome}`);
    own.release();
    return 0;
  }
  tidyUnfinished(task);
  const life = new Life(job, node, paths, own, print);
  const host = { progress: life.progress, signal: abort.signal, ownership: life.workers };
  const launcher = onCards(localLauncher());
  try {
    const outcome = await attempt({ ...task, outcome: null }, sharesNode(), { launcher, ...host });
    print(outcome === null ? 'stopped; goes on from its last checkpoint' : outcome.outcome);
    if (outcome === null) return 3;
    return outcome.cause?.code === 'process-died' ? 1 : 0;
  } finally {
    await launcher.close?.();
    life.end();
  }
}

/** What Slurm says of another job. */
async function wordOf(other: string): Promise<Word> {
  if (other === '') return 'unknown';
  try {
    const state = (await scheduler.states([other])).get(other);
    return state !== undefined && isAlive(state) ? 'alive' : 'gone';
  } catch {
    return 'unknown';
  }
}

/** Whether other jobs may have cores of this node. */
function sharesNode(): boolean {
  const ours = Number(env['SLURM_CPUS_ON_NODE'] ?? 0);
  return ours < cpus().length;
}
