import { Meter, type Work as Counted } from '../metrics/meter.js';
import { type Phase, PHASES } from '../store/records.js';

/** Floating-point operations by what computes them, those on padding included. */
export type Work = Readonly<Record<Phase, number>>;

export const NO_WORK: Work = { rollout: 0, score: 0, forward: 0, update: 0, eval: 0 };

export const plus = (...parts: readonly Work[]): Work =>
  each((phase) => sum(parts.map((work) => work[phase])));
export const times = (work: Work, factor: number): Work => each((phase) => work[phase] * factor);
export const minus = (a: Work, b: Work): Work => each((phase) => a[phase] - b[phase]);

export const sum = (numbers: readonly number[]): number => numbers.reduce((total, x) => total + x, 0);

/** @param each seconds of an operation */
export const secondsOf = (work: Work, each: Work): number =>
  sum(PHASES.map((phase) => work[phase] * each[phase]));

const each = (of: (phase: Phase) => number): Work =>
  Object.fromEntries(PHASES.map((phase) => [phase, of(phase)])) as Work;

/** Counts operations by what computes them, whoever is charged: an evaluation samples as a rollout does. */
export class WorkMeter extends Meter {
  private counted: Work = NO_WORK;
  /** The most that one step of an optimiser took. */
  largestStep = 0;

  override async time<T>(phase: Phase, run: () => Promise<{ result: T } & Counted>): Promise<T> {
    const { result, flops, paddingFlops = 0 } = await run();
    if (phase === 'update') this.largestStep = Math.max(this.largestStep, flops + paddingFlops);
    this.counted = { ...this.counted, [phase]: this.counted[phase] + flops + paddingFlops };
    return result;
  }

  override charge<T>(_: Phase | null, run: () => Promise<T>): Promise<T> {
    return run();
  }

  /** What was done elsewhere costs nothing here. */
  override book(): void {}

  /** What a piece of work comes to. */
  async of(run: () => Promise<unknown>): Promise<Work> {
    const before = this.counted;
    await run();
    return minus(this.counted, before);
  }
}
