import { builtins } from '../extensions.js';
import { readJson } from '../store/atomic.js';
import { runPaths } from '../store/layout.js';
import type { Outcome } from '../store/records.js';
import type { RunSpec } from '../store/spec.js';
import type { WorkerHost } from './job.js';
import { KeptData } from './kept-data.js';
import { KeptEngine } from './kept-engine.js';
import { resetPeak } from './memory.js';
import { besideRun } from './confined/beside-run.js';
import { workConfined } from './confined/work.js';
import { drained } from './drained.js';
import { runWorker } from './run-worker.js';

/** What a worker is told to work on: one JSON object per line. */
interface Task {
  readonly dir: string;
  /**
   * Absent: the run. Of a run whose plugin is not built in: what comes before it, the run itself, and what
   * comes after.
   */
  readonly part?: 'stage' | 'confined' | 'grade';
  /** Whether other runs share the cores. */
  readonly concurrent: boolean;
}

/**
 * What a worker may hold between two runs beyond what it held before its first one, bytes: code that was
 * compiled, and memory that nothing gives back. The next run's peak counts it.
 */
const MOST_KEPT = 192 * 2 ** 20;

/**
 * Takes run after run: says `taken` when it begins with one, and `free` when it can take another. Ends after
 * a run behind which nothing can be sure of a clean start: one that was interrupted, one whose code is not
 * built in and may keep what it likes, and any where memory cannot be measured anew. It ends instead of
 * taking a run where too much memory has stayed.
 * @param tasks lines of `Task`
 * @param host what every run is told; what changes between runs is added
 * @returns how the last run ended; null where there was none
 */
export async function serve(
  tasks: AsyncIterable<string>,
  host: Omit<WorkerHost, 'concurrent' | 'engine' | 'open'>,
): Promise<Outcome | null> {
  const atFirst = process.memoryUsage.rss();
  const kept = new KeptEngine();
  const engine = kept.get.bind(kept);
  const { open } = new KeptData();
  let outcome: Outcome | null = null;
  for await (const line of tasks) {
    const { dir, concurrent, part } = JSON.parse(line) as Task;
    const spec = readJson<RunSpec>(runPaths(dir).run);
    if (part === 'confined') {
      host.emit({ type: 'taken' });
      const ended = await workConfined(spec, dir, { ...host, concurrent });
      await Promise.all([process.stdout, process.stderr].map(drained));
      host.emit({ type: 'free' }); // of this run; it takes no other
      return ended;
    }
    const isEmpty = kept.makeReady(spec);
    const isMeasured = resetPeak();
    if (isEmpty && process.memoryUsage.rss() - atFirst > MOST_KEPT) break;
    host.emit({ type: 'taken' });
    const given = { ...host, concurrent, engine, open };
    outcome =
      part === undefined ? await runWorker(spec, dir, given) : await besideRun(part, spec, dir, given);
    if (host.interrupted() || !isMeasured || !runsBuiltIn(spec, part)) break;
    host.emit({ type: 'free' });
  }
  kept.dispose();
  return outcome;
}

/** Whether no code ran but what is built in. */
const runsBuiltIn = ({ algorithm, dataset }: RunSpec, part: Task['part']): boolean =>
  (part !== undefined ||
    algorithm === null ||
    algorithm.says?.external === true ||
    builtins('algorithm').includes(algorithm.module)) &&
  builtins('dataset').includes(dataset.module);
