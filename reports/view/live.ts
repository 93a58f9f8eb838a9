import { dirname } from 'node:path';
import type { StoredExperiment, StoredRun } from '../../harness/store/read.js';
import { type LivePoint, LiveRun, type RunView } from './live-run.js';

export interface Update {
  readonly runs: readonly RunView[];
  /** Compared labels whose curve is new, whole. */
  readonly curves: Readonly<Record<string, readonly LivePoint[]>>;
}

/** An output folder as it grows. Reads only what was appended and writes nothing. */
export class LiveStore {
  private readonly runs: readonly LiveRun[];
  private readonly byId: ReadonlyMap<string, LiveRun>;
  private cursor = 0;

  /** Folder that all that is shown has to lie in: a member of a suite has its runs beside it. */
  readonly root: string;

  constructor(readonly stored: StoredExperiment) {
    const [first] = stored.runs;
    this.root = first === undefined ? stored.dir : dirname(dirname(first.dir));
    this.runs = stored.runs.map((run) => new LiveRun(run, this.root));
    this.byId = new Map(this.runs.map((run) => [run.stored.spec.id, run]));
  }

  run(id: string): StoredRun | undefined {
    return this.byId.get(id)?.stored;
  }

  /** Everything as of the last poll. */
  snapshot(): Update {
    const views = this.runs.map((run) => run.view);
    return { runs: views, curves: this.curves(new Set(views.map(({ label }) => label))) };
  }

  /**
   * Looks at every run once, or, where they are thousands, for `budgetMs` and at the rest the next time.
   * @returns what changed
   */
  poll(budgetMs = Number.POSITIVE_INFINITY): Update {
    const start = performance.now();
    const changed: RunView[] = [];
    const labels = new Set<string>();
    for (let n = 0; n < this.runs.length && performance.now() - start < budgetMs; n++) {
      const run = this.runs[this.cursor]!;
      this.cursor = (this.cursor + 1) % this.runs.length;
      const news = run.poll();
      if (news.view) changed.push(run.view);
      if (news.curve) labels.add(run.view.label);
    }
    return { runs: changed, curves: this.curves(labels) };
  }

  private curves(labels: ReadonlySet<string>): Record<string, LivePoint[]> {
    const groups = new Map<string, LiveRun[]>();
    for (const run of this.runs) {
      const { role, label } = run.view;
      if (role === 'compared' && labels.has(label)) groups.set(label, [...(groups.get(label) ?? []), run]);
    }
    return Object.fromEntries(
      [...groups].map(([label, runs]) => [label, averaged(runs.map((run) => run.points()))]),
    );
  }
}

const SERIES = ['gold', 'proxy', 'kl', 'flops', 'loss'] as const;
type Series = (typeof SERIES)[number];

/** Sums and counts of the points of one step. */
interface Sums {
  readonly sum: Record<Series, number>;
  readonly count: Record<Series, number>;
}

/** Mean of each series at each step, over the runs that have it there. */
function averaged(runs: readonly (readonly LivePoint[])[]): LivePoint[] {
  const steps = new Map<number, Sums>();
  for (const point of runs.flat()) {
    const sums = steps.get(point.step) ?? { sum: zeros(), count: zeros() };
    steps.set(point.step, sums);
    for (const key of SERIES) {
      const value = point[key];
      if (value === null) continue;
      sums.sum[key] += value;
      sums.count[key]++;
    }
  }
  return [...steps]
    .sort(([a], [b]) => a - b)
    .map(([step, { sum, count }]) => {
      const of = (key: Series): number | null => (count[key] === 0 ? null : sum[key] / count[key]);
      return {
        step,
        gold: of('gold'),
        proxy: of('proxy'),
        kl: of('kl'),
        flops: of('flops'),
        loss: of('loss'),
      };
    });
}

const zeros = (): Record<Series, number> => ({ gold: 0, proxy: 0, kl: 0, flops: 0, loss: 0 });
