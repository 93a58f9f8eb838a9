import type { EvalRow, SampleRow } from './records.js';

/** The rows of what the runs of one start share, by which nothing is done twice. */

export type EvaluatedSplit = 'validation' | 'test';

/** An evaluation, but for when it was and what the run had cost by then. */
export type EvaluationFigures = Omit<EvalRow, 'step' | 'clock' | 'flops'>;

/** log pi_ref(y|x) of both completions of every pair, nats, in the order of the pairs. */
export interface PairLogps {
  readonly chosen: readonly number[];
  readonly rejected: readonly number[];
  /** Operations that computing them takes. */
  readonly flops: number;
}

/** One completion a prompt with its figures, but for `proxy` and `chooser`, which a reader scores. */
export interface KnownSamples {
  readonly rows: readonly SampleRow[];
  /** Tokens of each. */
  readonly completions: readonly (readonly number[])[];
}

/** measured.json: a start as the runs that begin there need it. */
export interface MeasuredRow {
  /** Its samples of validation prompts, those of every policy before its first step. */
  readonly samples: KnownSamples;
  /**
   * Gold rewards of the start by split, from streams that no policy has: [samples][prompts].
   * Null without a gold reward or judge, or where nothing was started from; a split that was not measured is
   * absent.
   */
  readonly golds: Readonly<Partial<Record<EvaluatedSplit, readonly (readonly number[])[]>>> | null;
  /**
   * Gold rewards of the chosen completions of test prompts, the first of each, by prompt id. Absent where the
   * data brings none, or nothing that could say.
   */
  readonly chosen?: Readonly<Record<string, number>>;
  /** By which pairs were collected; null without pairs. */
  readonly logps: { readonly train: PairLogps; readonly heldout: PairLogps } | null;
}

/** scores.json: what a reward gives the collected pairs. */
export interface PairScoresRow {
  /** Before normalisation, in the order of the pairs. */
  readonly scores: readonly { readonly chosen: number; readonly rejected: number }[];
  /** Operations that scoring them takes. */
  readonly flops: number;
}

/** A line of golds.jsonl: gold rewards of the completions of one line of draws.jsonl, for reports alone. */
export interface DrawGoldsRow {
  readonly split: EvaluatedSplit;
  /** [P] prompts, in order. */
  readonly promptIds: readonly string[];
  /** Draws of each prompt: row r P + p is draw r of prompt p. */
  readonly n: number;
  readonly golds: readonly number[];
}

/** A line of draws.jsonl: completions of a start for the prompts of one evaluation, with their rewards. */
export interface DrawsRow {
  /** Key of the randomness that they were drawn from. */
  readonly stream: string;
  /** [P] prompts, in order. */
  readonly promptIds: readonly string[];
  /** Of each prompt. Row r P + p below is draw r of prompt p, so that fewer draws are a beginning. */
  readonly n: number;
  readonly completions: readonly (readonly number[])[];
  readonly finished: readonly boolean[];
  /** log pi(y|x) of each, nats. */
  readonly logps: readonly number[];
  /** Of the reward, normalised as it normalises. */
  readonly scores: readonly number[];
  /** Of all n. */
  readonly flops: { readonly rollout: number; readonly score: number };
}
