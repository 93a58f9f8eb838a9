import { mean } from '../../stats/moments.js';
import type { RunSpec } from '../../store/spec.js';
import { Durations } from '../durations.js';
import { longestPaths } from '../longest-paths.js';

/** A run under way. All times are seconds on one clock. */
interface Running {
  readonly spec: RunSpec;
  readonly since: number;
  /** How long it takes in all, by its steps; null where they say nothing yet. */
  whole: number | null;
}

/**
 * How long the rest of a plan takes, from what its runs have taken: a configuration or stage that has ended
 * by the mean of its runs, a stage that is under way by its steps, one that has not begun by the mean of all.
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
    this.running.set(spec.id, { spec, since: now, whole: null });
  }

  /** @param total of its steps; null where that is not known */
  stepped({ id }: RunSpec, now: number, step: number, total: number | null): void {
    const run = this.running.get(id);
    if (run !== undefined && total !== null && step > 0) run.whole = ((now - run.since) / step) * total;
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
   * of runs that wait for each other. Null as long as nothing has been measured.
   */
  left(now: number): number | null {
    const underWay = new Map<string, number>();
    for (const { spec, whole } of this.running.values()) {
      if (whole !== null) underWay.set(spec.stage, whole);
    }
    const known = (spec: RunSpec): number | null =>
      this.durations.of(spec) ?? underWay.get(spec.stage) ?? null;
    const stages = new Map(this.specs.flatMap((spec) => keyed(spec.stage, known(spec))));
    if (stages.size === 0) return null;
    const usual = mean([...stages.values()]);
    const left = (spec: RunSpec): number => {
      const since = this.running.get(spec.id)?.since ?? now;
      return Math.max(0, (known(spec) ?? usual) - (now - since));
    };
    const open = this.specs.filter(({ id }) => this.waiting.has(id) || this.running.has(id));
    const work = open.reduce((sum, spec) => sum + left(spec), 0);
    return Math.max(work / this.jobs, ...longestPaths(open, left).values(), 0);
  }
}

const keyed = (key: string, value: number | null): [string, number][] =>
  value === null ? [] : [[key, value]];
