import type { Figure } from '../../harness/stats/interval.js';

/** What two result folders have in common and where they differ; every difference is B minus A. */
export interface Comparison {
  readonly a: Side;
  readonly b: Side;
  /** Settings, versions and machines that are not the same; null: not there on that side. */
  readonly setup: readonly SetupChange[];
  readonly answer: AnswerChange;
  /** Algorithms (labels) that both have. */
  readonly algorithms: readonly AlgorithmChange[];
  readonly onlyA: readonly string[];
  readonly onlyB: readonly string[];
  readonly failures: {
    readonly a: readonly Failure[];
    readonly b: readonly Failure[];
    /** Labels that finished in A and failed in B. */
    readonly broken: readonly string[];
  };
  /** Why clock figures (seconds, peak memory) are not compared; null where they are. */
  readonly clock: string | null;
  readonly notes: readonly string[];
  /** Some gold reward fell (Holm over algorithms), or an algorithm that finished failed. */
  readonly regression: boolean;
}

export interface Side {
  readonly dir: string;
  readonly name: string;
  readonly experimentHash: string;
  readonly seeds: readonly number[];
}

/** What either report answers, and the figures that its answer rests on. */
export interface AnswerChange {
  readonly a: AnswerSide;
  readonly b: AnswerSide;
  /** The primary difference, then the gain of each union and family: gold reward, mean over KL budgets. */
  readonly figures: readonly {
    readonly name: string;
    readonly a: Figure | null;
    readonly b: Figure | null;
  }[];
}

export interface AnswerSide {
  readonly sentence: string;
  /** The largest KL budget, nats; null where nothing is compared. */
  readonly budget: number | null;
  /** What chose. */
  readonly by: string;
}

export interface SetupChange {
  readonly path: string;
  readonly a: string | null;
  readonly b: string | null;
}

export type Pairing = 'seed and prompt' | 'seed' | 'unpaired';

/** One figure on both sides, and by how much it changed. */
export interface Change {
  readonly a: number | null;
  readonly b: number | null;
  readonly difference: number | null;
  /** 95 %; null with too few seeds to tell. */
  readonly ci: readonly [number, number] | null;
  readonly pairing: Pairing;
  /** Pipeline seeds behind either side. */
  readonly seeds: readonly [number, number];
}

export type Direction = 'same bytes' | 'improved' | 'worse' | 'not told apart' | 'unknown';

export interface AlgorithmChange {
  readonly name: string;
  readonly runs: { readonly a: string; readonly b: string };
  readonly direction: Direction;
  readonly verdict: string;
  readonly goldReward: Change | null;
  /**
   * Holm-adjusted over the algorithms in both, of "gold reward did not change"; null where it cannot be had.
   */
  readonly adjustedP: number | null;
  readonly winRate: Change | null;
  readonly kl: Change | null;
  readonly flops: Change | null;
  readonly seconds: Change | null;
  readonly peakMemoryBytes: Change | null;
}

export interface Failure {
  readonly run: string;
  readonly label: string;
  readonly seed: number;
  readonly outcome: string;
  readonly cause: string;
}
