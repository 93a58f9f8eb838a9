import type { RunSpec } from '../../store/spec.js';

/** Runs of one stage take about as long, whatever is swept. */
const kindOf = ({ stage }: RunSpec): string => stage;

/**
 * How long the rest of a plan takes, from what its runs have taken: a stage that has finished by the mean
 * of its runs, one that is under way by its steps, one that has not begun by the mean of all.
 */
export class Remaining {
  private readonly waiting = new Map<string, RunSpec>();
  private readonly running = new Map<
    string,
    { readonly spec: RunSpec; elapsed: number; whole: number | null }
  >();
  private readonly seconds = new Map<string, number[]>();

  /** @param jobs runs at a time */
  constructor(
    specs: readonly RunSpec[],
    private readonly jobs: number,
  ) {
    for (const spec of specs) this.waiting.set(spec.id, spec);
  }

  started(spec: RunSpec): void {
    this.waiting.delete(spec.id);
    this.running.set(spec.id, { spec, elapsed: 0, whole: null });
  }

  /** @param elapsed seconds since it started @param total of its steps; null where that is not known */
  stepped(spec: RunSpec, elapsed: number, step: number, total: number | null): void {
    const run = this.running.get(spec.id);
    if (run === undefined) return;
    run.elapsed = elapsed;
    if (total !== null && step > 0) run.whole = (elapsed / step) * total;
  }

  ended(spec: RunSpec, seconds: number): void {
    this.waiting.delete(spec.id);
    this.running.delete(spec.id);
    const kind = kindOf(spec);
    this.seconds.set(kind, [...(this.seconds.get(kind) ?? []), seconds]);
  }

  /** Seconds left; null as long as nothing has been measured. */
  left(): number | null {
    const mean = (values: readonly number[]): number => values.reduce((a, b) => a + b, 0) / values.length;
    const known = new Map([...this.seconds].map(([kind, values]) => [kind, mean(values)]));
    for (const { spec, whole } of this.running.values())
      if (whole !== null && !known.has(kindOf(spec))) known.set(kindOf(spec), whole);
    if (known.size === 0) return null;
    const usual = mean([...known.values()]);
    const whole = (spec: RunSpec): number => known.get(kindOf(spec)) ?? usual;
    const ahead = [...this.waiting.values()].map(whole);
    const underWay = [...this.running.values()].map(({ spec, elapsed }) =>
      Math.max(0, whole(spec) - elapsed),
    );
    const work = [...ahead, ...underWay].reduce((sum, seconds) => sum + seconds, 0);
    return Math.max(work / this.jobs, ...underWay, 0);
  }
}
