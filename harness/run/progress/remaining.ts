import type { RunSpec } from '../../store/spec.js';
import { Durations, type Measured } from '../durations.js';
import { longestPaths } from '../longest-paths.js';

/** A run under way. All times are seconds on one clock. */
interface Running {
  readonly spec: RunSpec;
  readonly since: number;
  /** The first step of what it counts; null before. */
  first: { readonly step: number; readonly at: number; readonly total: number } | null;
  /** How long it takes in all, by its steps; null where they say nothing yet. */
  whole: number | null;
}

/** Of its steps a run takes this share before they tell how long it takes: the first ones make graphs. */
const TELLING = 0.1;

/**
 * How long the rest of a plan takes, from what its runs have taken: a configuration or stage that has ended
 * by the mean of its runs, a stage that is under way by its steps, one that has not begun by the mean of the
 * stages like it.
 */
export class Remaining {
  private readonly waiting = new Map<string, RunSpec>();
  private readonly running = new Map<string, Running>();
  private readonly durations = new Durations();

  /** @param jobs runs at a time */
  constructor(
    private readonly specs: readonly RunSpec[],
    private readonly jobs: number,
  ) {
    for (const spec of specs) this.waiting.set(spec.id, spec);
  }

  started(spec: RunSpec, now: number): void {
    this.waiting.delete(spec.id);
    this.running.set(spec.id, { spec, since: now, first: null, whole: null });
  }

  /** @param total of its steps; null where that is not known */
  stepped({ id }: RunSpec, now: number, step: number, total: number | null): void {
    const run = this.running.get(id);
    if (run === undefined || total === null || step <= 0) return;
    // What counts anew (pairs of another split) is measured anew.
    if (run.first === null || step < run.first.step || total !== run.first.total)
      run.first = { step, at: now, total };
    const { first } = run;
    if (step - first.step < TELLING * total) return;
    const each = (now - first.at) / (step - first.step);
    run.whole = now - run.since + each * Math.max(0, total - step);
  }

  /** @param good it went to its end, so that it tells how long others take */
  ended(spec: RunSpec, now: number, good: boolean): void {
    const run = this.running.get(spec.id);
    this.waiting.delete(spec.id);
    this.running.delete(spec.id);
    if (good && run !== undefined) this.durations.ended(spec, now - run.since);
  }

  /**
   * Seconds left: what all runs together still take, shared by the jobs, but no less than the longest chain
   * of runs that wait for each other. Null as long as nothing tells of some run how long it takes.
   */
  left(now: number): number | null {
    const underWay = new Map<string, Measured>();
    for (const { spec, whole } of this.running.values()) {
      if (whole !== null && this.durations.of(spec) === null)
        underWay.set(spec.stage, { spec, seconds: whole });
    }
    const open = this.specs.filter(({ id }) => this.waiting.has(id) || this.running.has(id));
    const rests = new Map<string, number>();
    for (const spec of open) {
      const whole =
        this.durations.of(spec) ?? underWay.get(spec.stage)?.seconds ?? this.durations.like(spec, underWay);
      if (whole === null) return null;
      rests.set(spec.id, Math.max(0, whole - (now - (this.running.get(spec.id)?.since ?? now))));
    }
    const work = [...rests.values()].reduce((sum, rest) => sum + rest, 0);
    return Math.max(work / this.jobs, ...longestPaths(open, ({ id }) => rests.get(id)!).values(), 0);
  }
}
