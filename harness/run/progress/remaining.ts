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

/** How long something takes, seconds, and between what. */
export interface Estimate {
  readonly seconds: number;
  readonly low: number;
  readonly high: number;
}

/** Of its steps a run takes this share before they tell how long it takes: the first ones make graphs. */
const TELLING = 0.1;

/** By what factor what is said of a run may be off, either way, by how it is known. */
const OFF = {
  /** Runs like it have ended, or are known by their steps. */
  measured: 1.1,
  /** Forecast, as far off as the forecasts of other stages were. */
  corrected: 1.25,
  /** Forecast, and of no more than one other stage more is known; or nothing but that it is like others. */
  guessed: 1.4,
} as const;

/**
 * How long the rest of a plan takes, from what its runs have taken: a configuration or stage that has ended
 * by the mean of its runs, a stage that is under way by its steps, one that has not begun by its forecast, as
 * far off as other forecasts were, or without one by the mean of the stages like it.
 */
export class Remaining {
  private readonly waiting = new Map<string, RunSpec>();
  private readonly running = new Map<string, Running>();
  private readonly durations = new Durations();

  /**
   * @param jobs runs at a time
   * @param finished runs that were made before, here or elsewhere
   */
  constructor(
    private readonly specs: readonly RunSpec[],
    private readonly jobs: number,
    finished: readonly Measured[] = [],
  ) {
    for (const spec of specs) this.waiting.set(spec.id, spec);
    for (const { spec, seconds } of finished) this.durations.ended(spec, seconds);
  }

  /** @param seconds what a run takes by itself, by label */
  foreseen(seconds: Readonly<Record<string, number>>): void {
    this.durations.foreseen(seconds);
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
   * What is left: what all runs together still take, shared by the jobs, but no less than the longest chain
   * of runs that wait for each other. Null as long as nothing tells of some run how long it takes.
   */
  left(now: number): Estimate | null {
    const underWay = new Map<string, Measured>();
    for (const { spec, whole } of this.running.values()) {
      if (whole !== null && this.durations.of(spec) === null)
        underWay.set(spec.stage, { spec, seconds: whole });
    }
    const open = this.specs.filter(({ id }) => this.waiting.has(id) || this.running.has(id));
    const wholes = new Map<string, Known>();
    for (const spec of open) {
      const known = this.whole(spec, underWay);
      if (known === null) return null;
      wholes.set(spec.id, known);
    }
    const leftBy = (of: (known: Known) => number): number => {
      const rest = (spec: RunSpec): number =>
        Math.max(0, of(wholes.get(spec.id)!) - (now - (this.running.get(spec.id)?.since ?? now)));
      const work = open.reduce((sum, spec) => sum + rest(spec), 0);
      return Math.max(work / this.jobs, ...longestPaths(open, rest).values(), 0);
    };
    return {
      seconds: leftBy(({ seconds }) => seconds),
      low: leftBy(({ seconds, off }) => seconds / off),
      high: leftBy(({ seconds, off }) => seconds * off),
    };
  }

  private whole(spec: RunSpec, underWay: ReadonlyMap<string, Measured>): Known | null {
    const { durations } = this;
    const measured = durations.of(spec) ?? underWay.get(spec.stage)?.seconds ?? null;
    if (measured !== null) return { seconds: measured, off: OFF.measured };
    const forecast = durations.forecast(spec, underWay);
    if (forecast !== null)
      return { seconds: forecast.seconds, off: forecast.stages > 1 ? OFF.corrected : OFF.guessed };
    const like = durations.like(spec, underWay);
    return like === null ? null : { seconds: like, off: OFF.guessed };
  }
}

/** What a run takes in all, and the factor by which that may be off. */
interface Known {
  readonly seconds: number;
  readonly off: number;
}
