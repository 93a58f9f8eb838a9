import type { Phase } from '../store/records.js';
import { charged } from './training-cost.js';

export interface MeterTotals {
  readonly flops: Readonly<Record<Phase, number>>;
  /** What was computed beside: on what pads tokens to the graphs' shapes. */
  readonly paddingFlops: Readonly<Record<Phase, number>>;
  readonly seconds: Readonly<Record<Phase, number>>;
  readonly tokensTrained: number;
  readonly tokensGenerated: number;
}

/** Operations on tokens, and beside them on what pads these. */
export interface Work {
  readonly flops: number;
  /** Default: none. */
  readonly paddingFlops?: number;
}

/** A pass of a graph of which a share (0 to 1) of the rows are tokens. */
export const workOf = (flops: number, share: number): Required<Work> => ({
  flops: flops * share,
  paddingFlops: flops * (1 - share),
});

/**
 * The compute ledger of one run: operations from the traced graphs, of tokens and not of what pads them,
 * seconds from the clock, by phase.
 */
export class Meter {
  private flops = emptyPhases();
  private paddingFlops = emptyPhases();
  private seconds = emptyPhases();
  private tokensTrained = 0;
  private tokensGenerated = 0;
  /** While set, everything is charged to this phase: an evaluation's rollouts are not the algorithm's. */
  private charged: Phase | null = null;
  /** While set, nothing counts: it is counted in the totals that were resumed from. */
  private repeating = false;

  async time<T>(phase: Phase, run: () => Promise<{ result: T } & Work>): Promise<T> {
    const start = performance.now();
    const { result, flops, paddingFlops = 0 } = await run();
    if (this.repeating) return result;
    const to = this.charged ?? phase;
    this.flops[to] += Math.round(flops);
    this.paddingFlops[to] += Math.round(paddingFlops);
    this.seconds[to] += (performance.now() - start) / 1000;
    return result;
  }

  /** Charges work that was done elsewhere, as if it had been done here. */
  book(phase: Phase, flops: number, seconds = 0, paddingFlops = 0): void {
    if (this.repeating) return;
    const to = this.charged ?? phase;
    this.flops[to] += Math.round(flops);
    this.paddingFlops[to] += Math.round(paddingFlops);
    this.seconds[to] += seconds;
  }

  /** Charges all that happens meanwhile to one phase, or with null to each phase again. */
  async charge<T>(phase: Phase | null, run: () => Promise<T>): Promise<T> {
    const before = this.charged;
    this.charged = phase;
    try {
      return await run();
    } finally {
      this.charged = before;
    }
  }

  /** What is done here has been counted before. */
  async aside<T>(run: () => Promise<T>): Promise<T> {
    const before = this.repeating;
    this.repeating = true;
    try {
      return await run();
    } finally {
      this.repeating = before;
    }
  }

  trained(tokens: number): void {
    if (this.charged === null && !this.repeating) this.tokensTrained += tokens;
  }

  generated(tokens: number): void {
    if (this.charged === null && !this.repeating) this.tokensGenerated += tokens;
  }

  /** Operations charged to the algorithm so far (evaluation excluded). */
  get trainFlops(): number {
    return charged(this.flops);
  }

  get trainSeconds(): number {
    return charged(this.seconds);
  }

  totals(): MeterTotals {
    return {
      flops: { ...this.flops },
      paddingFlops: { ...this.paddingFlops },
      seconds: { ...this.seconds },
      tokensTrained: this.tokensTrained,
      tokensGenerated: this.tokensGenerated,
    };
  }

  /** Takes up the totals of an earlier process. Its work up to there is repeated uncounted, until `goOn`. */
  resume(totals: MeterTotals): void {
    this.flops = { ...totals.flops };
    this.paddingFlops = { ...totals.paddingFlops };
    this.seconds = { ...totals.seconds };
    this.tokensTrained = totals.tokensTrained;
    this.tokensGenerated = totals.tokensGenerated;
    this.repeating = true;
  }

  /** The earlier process had come this far: what follows counts. */
  goOn(): void {
    this.repeating = false;
  }
}

function emptyPhases(): Record<Phase, number> {
  return { rollout: 0, score: 0, forward: 0, update: 0, eval: 0 };
}
