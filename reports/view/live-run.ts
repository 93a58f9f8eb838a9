import { existsSync } from 'node:fs';
import { readJson } from '../../harness/store/atomic.js';
import { isInside } from '../../harness/store/inside.js';
import { runPaths } from '../../harness/store/layout.js';
import type { StoredRun } from '../../harness/store/read.js';
import {
  type EvalRow,
  FINAL_OUTCOMES,
  type Outcome,
  type OutcomeRow,
  type StepRow,
} from '../../harness/store/records.js';
import { preferredKl } from '../report/kl.js';
import { isEvaluation, isStep } from './rows.js';
import { Tail } from './tail.js';

type RunState = 'planned' | 'running' | Outcome;

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
  /** What of its files is no row; null where all is. */
  readonly problem: string | null;
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

/** Losses kept of a run: every 2^k-th step, so that runs of one length keep the same steps. */
const LOSSES = 256;

/** One run's files, read as they grow. */
export class LiveRun {
  view: RunView;
  private readonly paths: ReturnType<typeof runPaths>;
  private readonly steps: Tail<StepRow>;
  private readonly evals: Tail<EvalRow>;
  private evaluations: LivePoint[] = [];
  private losses: LivePoint[] = [];
  private stride = 1;
  private closed = false;
  /** Lines that are no rows, by file. */
  private readonly strange = { steps: 0, evals: 0 };

  /** @param root folder that its files have to lie in, links followed */
  constructor(
    readonly stored: StoredRun,
    private readonly root: string,
  ) {
    const { spec, dir } = stored;
    this.paths = runPaths(dir);
    this.steps = new Tail(this.paths.steps, isStep, root);
    this.evals = new Tail(this.paths.evals, isEvaluation, root);
    this.view = {
      id: spec.id,
      label: spec.label,
      role: spec.role,
      seed: spec.seed,
      algorithm: spec.algorithm?.name ?? null,
      state: 'planned',
      cause: null,
      step: 0,
      loss: null,
      gold: null,
      proxy: null,
      kl: null,
      flops: null,
      problem: null,
    };
  }

  /** @returns what is new */
  poll(): { readonly view: boolean; readonly curve: boolean } {
    // Looked for before the rows: whoever writes it has written all of them. It goes when a run is taken up
    // again.
    const ended = existsSync(this.paths.outcome);
    if (this.closed && ended) return { view: false, curve: false };
    const outcome = ended && isInside(this.root, this.paths.outcome) ? outcomeIn(this.paths.outcome) : null;
    const steps = this.steps.read();
    const evals = this.evals.read();
    this.strange.steps += steps.strange;
    this.strange.evals += evals.strange;
    if (steps.restarted) [this.losses, this.stride] = [[], 1];
    if (evals.restarted) this.evaluations = [];
    for (const row of steps.rows) this.log(row);
    const validation = evals.rows.filter((row) => row.split === 'validation');
    this.evaluations.push(...validation.map(pointOf));
    const final = outcome !== null && (FINAL_OUTCOMES as readonly string[]).includes(outcome.outcome);
    this.closed = final && !steps.more && !evals.more;
    const before = this.view;
    this.view = this.next(outcome, steps.rows.at(-1), evals.rows.at(-1));
    return {
      view: JSON.stringify(before) !== JSON.stringify(this.view),
      curve: evals.rows.length > 0 || steps.rows.length > 0 || steps.restarted,
    };
  }

  points(): readonly LivePoint[] {
    return [...this.evaluations, ...this.losses];
  }

  private next(outcome: OutcomeRow | null, step?: StepRow, evaluation?: EvalRow): RunView {
    const before = this.view;
    const { gold, proxy, kl, flops } = evaluation === undefined ? before : pointOf(evaluation);
    return {
      ...before,
      state: outcome?.outcome ?? (this.begun() ? 'running' : 'planned'),
      cause: outcome?.cause?.message ?? null,
      step: outcome?.steps ?? step?.step ?? evaluation?.step ?? before.step,
      loss: step?.metrics['loss'] ?? before.loss,
      gold,
      proxy,
      kl,
      flops,
      problem: this.problem(),
    };
  }

  private problem(): string | null {
    const said = Object.entries(this.strange).flatMap(([file, n]) =>
      n === 0 ? [] : [`${n} ${n === 1 ? 'line' : 'lines'} of its ${file} ${n === 1 ? 'is' : 'are'} no row`],
    );
    return said.length === 0 ? null : said.join(', ');
  }

  private begun(): boolean {
    const { steps, evals, pairs } = this.paths;
    return [steps, evals, pairs].some((path) => existsSync(path));
  }

  private log({ step, metrics }: StepRow): void {
    const loss = metrics['loss'];
    if (loss === undefined || step % this.stride !== 0) return;
    this.losses.push({ step, gold: null, proxy: null, kl: null, flops: null, loss });
    if (this.losses.length <= LOSSES) return;
    this.stride *= 2;
    this.losses = this.losses.filter((point) => point.step % this.stride === 0);
  }
}

/** Null where it went between the look and the read, and where it is none. */
function outcomeIn(path: string): OutcomeRow | null {
  try {
    const row = readJson<OutcomeRow | null>(path);
    return typeof row?.outcome === 'string' ? row : null;
  } catch {
    return null;
  }
}

const pointOf = (row: EvalRow): LivePoint => ({
  step: row.step,
  gold: row.goldReward?.mean ?? null,
  proxy: row.proxyReward?.mean ?? null,
  kl: preferredKl(row.kl)?.mean ?? null,
  flops: row.flops,
  loss: null,
});
