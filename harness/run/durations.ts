import type { RunSpec } from '../store/spec.js';

/**
 * How long runs take, from how long those took that have ended: a configuration by its own, else by its
 * stage's, each the mean over its runs.
 */
export class Durations {
  private readonly stages = new Means();
  private readonly configurations = new Means();

  ended({ stage, label }: RunSpec, seconds: number): void {
    this.stages.add(stage, seconds);
    this.configurations.add(label, seconds);
  }

  /** Seconds; null as long as no run of its stage has ended. */
  of({ stage, label }: RunSpec): number | null {
    return this.configurations.of(label) ?? this.stages.of(stage);
  }
}

class Means {
  private readonly sums = new Map<string, { readonly sum: number; readonly count: number }>();

  add(name: string, value: number): void {
    const { sum, count } = this.sums.get(name) ?? { sum: 0, count: 0 };
    this.sums.set(name, { sum: sum + value, count: count + 1 });
  }

  of(name: string): number | null {
    const known = this.sums.get(name);
    return known === undefined ? null : known.sum / known.count;
  }
}
