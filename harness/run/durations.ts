import { mean } from '../stats/moments.js';
import type { RunSpec } from '../store/spec.js';

/**
 * How long runs take, from how long those took that have ended: a configuration by its own, else by its
 * stage's, each the mean over its runs; and from what was foreseen of them.
 */
export class Durations {
  private readonly stages = new Means();
  private readonly configurations = new Means();
  private readonly kinds = new Map<string, Kind>();
  private readonly ran: Measured[] = [];
  private forecasts: Readonly<Record<string, number>> = {};

  /** @param seconds what a run takes by itself, by label */
  foreseen(seconds: Readonly<Record<string, number>>): void {
    this.forecasts = seconds;
  }

  ended(spec: RunSpec, seconds: number): void {
    const { stage, label } = spec;
    this.stages.add(stage, seconds);
    this.configurations.add(label, seconds);
    this.kinds.set(stage, kindOf(spec));
    this.ran.push({ spec, seconds });
  }

  /** Seconds; null as long as no run of its stage has ended. */
  of({ stage, label }: RunSpec): number | null {
    return this.configurations.of(label) ?? this.stages.of(stage);
  }

  /**
   * What was foreseen of a run, times what other stages took of what was foreseen of them: the geometric
   * mean, with one stage more that took just that, as a single one tells little of others. Null where nothing
   * was.
   * @param underWay as for `like`
   */
  forecast({ label }: RunSpec, underWay: ReadonlyMap<string, Measured>): Forecast | null {
    const foreseen = this.forecasts[label];
    if (foreseen === undefined) return null;
    const logs = [...this.shares(underWay).values()].map(Math.log);
    const held = Math.exp(logs.reduce((sum, log) => sum + log, 0) / (logs.length + 1));
    return { seconds: foreseen * held, stages: logs.length };
  }

  /** What each stage has taken of what was foreseen of its runs. */
  private shares(underWay: ReadonlyMap<string, Measured>): ReadonlyMap<string, number> {
    const [took, expected] = [new Means(), new Means()];
    const stages = new Set<string>();
    for (const { spec, seconds } of [...this.ran, ...underWay.values()]) {
      const foreseen = this.forecasts[spec.label];
      if (foreseen === undefined || foreseen <= 0 || seconds <= 0) continue;
      stages.add(spec.stage);
      took.add(spec.stage, seconds);
      expected.add(spec.stage, foreseen);
    }
    return new Map([...stages].map((stage) => [stage, took.of(stage)! / expected.of(stage)!]));
  }

  /**
   * What a run of a stage that has not been measured is likely to take: the mean of the stages that train
   * from another's policy, or, for one that begins with none, of those. Null as long as there is no such
   * stage. What is trained from nothing, on a whole corpus, tells nothing of the many short runs that go on
   * from it, and sampling nothing of training. Before any run tells, the mean of what was foreseen of others.
   * @param underWay stages of which no run has ended and one is known by its steps
   */
  like(spec: RunSpec, underWay: ReadonlyMap<string, Measured>): number | null {
    const kind = begins(spec) ? 'begins' : 'goes on';
    const ended = [...this.kinds].flatMap(([stage, own]) => (own === kind ? [this.stages.of(stage)!] : []));
    const begun = [...underWay.values()].flatMap((run) => (kindOf(run.spec) === kind ? [run.seconds] : []));
    const known = [...ended, ...begun];
    const foreseen = Object.values(this.forecasts);
    return known.length > 0 ? mean(known) : foreseen.length > 0 ? mean(foreseen) : null;
  }
}

/** A run, and how long it takes. */
export interface Measured {
  readonly spec: RunSpec;
  readonly seconds: number;
}

interface Forecast {
  readonly seconds: number;
  /** Other stages that it is held to. */
  readonly stages: number;
}

type Kind = 'begins' | 'goes on' | 'samples';

const begins = ({ inputs }: RunSpec): boolean => inputs.start === null;

const kindOf = (spec: RunSpec): Kind =>
  spec.kind !== 'train' ? 'samples' : begins(spec) ? 'begins' : 'goes on';

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
