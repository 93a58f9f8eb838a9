import { existsSync } from 'node:fs';
import { readJson } from '../../harness/store/atomic.js';
import { runPaths } from '../../harness/store/layout.js';
import type { StoredExperiment, StoredRun } from '../../harness/store/read.js';
import { type EvalRow, FINAL_OUTCOMES, type Outcome, type OutcomeRow, type StepRow } from '../../harness/store/records.js';
import { preferredKl } from '../report/kl.js';
import { Tail } from './tail.js';

export type RunState = 'planned' | 'running' | Outcome;

/** A run as the page lists it. */
export interface RunView {
  readonly id: string;
  readonly label: string;
  readonly role: string;
  readonly seed: number;
  readonly algorithm: string | null;
  readonly state: RunState;
  readonly cause: string | null;
  readonly step: number;
  readonly loss: number | null;
  readonly gold: number | null;
  readonly proxy: number | null;
  readonly kl: number | null;
  readonly flops: number | null;
}

/** One evaluation, or for `loss` one training step; the mean over the seeds that reached it. */
export interface LivePoint {
  readonly step: number;
  readonly gold: number | null;
  readonly proxy: number | null;
  readonly kl: number | null;
  readonly flops: number | null;
  readonly loss: number | null;
}

export interface Update {
  readonly runs: readonly RunView[];
  /** Compared labels whose curve is new, whole. */
  readonly curves: Readonly<Record<string, readonly LivePoint[]>>;
}

/** Losses kept of a run: every 2^k-th step, so that runs of one length keep the same steps. */
const LOSSES = 256;

/** One run's files, read as they grow. */
class LiveRun {
  evals: LivePoint[] = [];
  view: RunView;
  private readonly steps: Tail<StepRow>;
  private readonly evaluations: Tail<EvalRow>;
  private losses: LivePoint[] = [];
  private stride = 1;
  private closed = false;

  constructor(readonly stored: StoredRun) {
    const { spec, dir } = stored;
    const paths = runPaths(dir);
    this.steps = new Tail(paths.steps);
    this.evaluations = new Tail(paths.evals);
    this.view = { id: spec.id, label: spec.label, role: spec.role, seed: spec.seed, algorithm: spec.algorithm?.name ?? null, state: 'planned', cause: null, step: 0, loss: null, gold: null, proxy: null, kl: null, flops: null };
  }

  /** @returns what is new */
  poll(): { readonly view: boolean; readonly curve: boolean } {
    const paths = runPaths(this.stored.dir);
    // Looked for before the rows: whoever writes it has written all of them. It goes when a run is taken up again.
    const ended = existsSync(paths.outcome);
    if (this.closed && ended) return { view: false, curve: false };
    const outcome = ended ? outcomeIn(paths.outcome) : null;
    const steps = this.steps.read();
    const evals = this.evaluations.read();
    if (steps.restarted) [this.losses, this.stride] = [[], 1];
    if (evals.restarted) this.evals = [];
    for (const row of steps.rows) this.log(row);
    for (const row of evals.rows) if (row.split === 'validation') this.evals.push(pointOf(row));
    const final = outcome !== null && (FINAL_OUTCOMES as readonly string[]).includes(outcome.outcome);
    this.closed = final && !steps.more && !evals.more;
    const before = this.view;
    const last = evals.rows.at(-1);
    this.view = {
      ...before,
      state: outcome?.outcome ?? (begun(paths) ? 'running' : 'planned'),
      cause: outcome?.cause?.message ?? null,
      step: outcome?.steps ?? steps.rows.at(-1)?.step ?? last?.step ?? before.step,
      loss: steps.rows.at(-1)?.metrics['loss'] ?? before.loss,
      ...(last === undefined ? {} : { gold: last.goldReward?.mean ?? null, proxy: last.proxyReward?.mean ?? null, kl: preferredKl(last.kl)?.mean ?? null, flops: last.flops }),
    };
    return { view: JSON.stringify(before) !== JSON.stringify(this.view), curve: evals.rows.length > 0 || steps.rows.length > 0 || steps.restarted };
  }

  points(): readonly LivePoint[] {
    return [...this.evals, ...this.losses];
  }

  private log({ step, metrics }: StepRow): void {
    const loss = metrics['loss'];
    if (loss === undefined || step % this.stride !== 0) return;
    this.losses.push({ step, gold: null, proxy: null, kl: null, flops: null, loss });
    if (this.losses.length <= LOSSES) return;
    this.stride *= 2;
    this.losses = this.losses.filter((p) => p.step % this.stride === 0);
  }
}

/** Null where it went between the look and the read. */
function outcomeIn(path: string): OutcomeRow | null {
  try {
    return readJson<OutcomeRow>(path);
  } catch {
    return null;
  }
}

const begun = (paths: ReturnType<typeof runPaths>): boolean => [paths.steps, paths.evals, paths.pairs].some((path) => existsSync(path));
const pointOf = (row: EvalRow): LivePoint => ({ step: row.step, gold: row.goldReward?.mean ?? null, proxy: row.proxyReward?.mean ?? null, kl: preferredKl(row.kl)?.mean ?? null, flops: row.flops, loss: null });

/** An output folder as it grows. Reads only what was appended and writes nothing. */
export class LiveStore {
  private readonly runs: readonly LiveRun[];
  private readonly byId: ReadonlyMap<string, LiveRun>;
  private cursor = 0;

  constructor(readonly stored: StoredExperiment) {
    this.runs = stored.runs.map((run) => new LiveRun(run));
    this.byId = new Map(this.runs.map((run) => [run.stored.spec.id, run]));
  }

  run(id: string): StoredRun | undefined {
    return this.byId.get(id)?.stored;
  }

  /** Everything as of the last poll. */
  snapshot(): Update {
    return { runs: this.runs.map((r) => r.view), curves: this.curves(new Set(this.runs.map((r) => r.view.label))) };
  }

  /** Looks at every run once, or, where they are thousands, for `budgetMs` and at the rest the next time. @returns what changed */
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
      const { label, role } = run.view;
      if (role !== 'compared' || !labels.has(label)) continue;
      const group = groups.get(label);
      if (group === undefined) groups.set(label, [run]);
      else group.push(run);
    }
    return Object.fromEntries([...groups].map(([label, runs]) => [label, averaged(runs.map((r) => r.points()))]));
  }
}

const SERIES = ['gold', 'proxy', 'kl', 'flops', 'loss'] as const;
type Series = (typeof SERIES)[number];

function averaged(runs: readonly (readonly LivePoint[])[]): LivePoint[] {
  const steps = new Map<number, { readonly sum: Record<Series, number>; readonly n: Record<Series, number> }>();
  for (const points of runs) {
    for (const point of points) {
      let at = steps.get(point.step);
      if (at === undefined) steps.set(point.step, (at = { sum: zeros(), n: zeros() }));
      for (const key of SERIES) {
        const value = point[key];
        if (value === null) continue;
        at.sum[key] += value;
        at.n[key]++;
      }
    }
  }
  return [...steps].sort(([a], [b]) => a - b).map(([step, { sum, n }]) => {
    const of = (key: Series): number | null => (n[key] === 0 ? null : sum[key] / n[key]);
    return { step, gold: of('gold'), proxy: of('proxy'), kl: of('kl'), flops: of('flops'), loss: of('loss') };
  });
}

const zeros = (): Record<Series, number> => ({ gold: 0, proxy: 0, kl: 0, flops: 0, loss: 0 });
