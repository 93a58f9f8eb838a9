import type { Tensor } from '../engine/ops.js';
import type { HostTensor } from '../engine/tensor.js';
import type { Rng } from '../rng.js';

export type { HostTensor } from '../engine/tensor.js';

/**
 * Prompts with completions, right-padded: B rows of T tokens, at most C completion tokens a row.
 * `positions[b, c]` is the flat index (b * T + t) of the token *before* completion token c, i.e. the position
 * whose logits predict it; `targets` are the completion tokens; `mask` is 1 on real completion tokens (end
 * token included); `last[b]` is the flat index of the token at which row b is scored: its last one, or the
 * one that ends its turn, after which a chat template may write a line break. Padding never enters a sum:
 * multiply by `mask`.
 */
export interface TokenBatch {
  readonly ids: HostTensor; //       int32 [B, T]
  readonly positions: HostTensor; // int32 [B, C]
  readonly targets: HostTensor; //   int32 [B, C]
  readonly mask: HostTensor; //      float32 [B, C]
  readonly last: HostTensor; //      int32 [B]
  /**
   * The same tokens with each prompt once, from which networks compute less: on batches of pairs, on several
   * completions a prompt from `ctx.generate`, and on whole groups of their rows. A plugin need not look.
   */
  readonly shared?: SharedPrompts;
}

/**
 * B rows that are R completions of each of G prompts, row r * G + g: at most P + 1 prompt tokens, C
 * completion tokens.
 */
export interface SharedPrompts {
  /** Every prompt but for its last token, right-padded. */
  readonly prompts: HostTensor; //      int32 [G, P]
  /** 0 on those tokens, -1e9 on padding. */
  readonly promptMask: HostTensor; //   float32 [G, P]
  /** Last prompt token, then the completion, right-padded. */
  readonly completions: HostTensor; //  int32 [B, C + 1]
  /** Position of each row's last prompt token. */
  readonly offsets: HostTensor; //      int32 [B]
  /** Flat index of the token in `completions` at which the row is scored. */
  readonly last: HostTensor; //         int32 [B]
}

/** The arrays of T as tensors inside a traced loss. */
export type TensorsIn<T> = {
  readonly [K in keyof T]: T[K] extends HostTensor
    ? Tensor
    : T[K] extends object | undefined
      ? TensorsIn<NonNullable<T[K]>> | Extract<T[K], undefined>
      : never;
};
/** A `TokenBatch` inside a traced loss. */
export type TokenTensors = TensorsIn<TokenBatch>;

/** A prompt as token ids. */
export interface TokenPrompt {
  readonly id: string;
  readonly ids: readonly number[];
}

/** How completions are drawn. */
export interface GenerateOptions {
  /** > 0; 1 samples the policy itself. Default 1. */
  readonly temperature?: number;
  /** Keep only the k most likely tokens (0: all). Default 0. */
  readonly topK?: number;
  /** Keep the smallest set of tokens with this mass (1: all). Default 1. */
  readonly topP?: number;
  /** Pick the most likely token instead of sampling. */
  readonly greedy?: boolean;
  /** At most this many completion tokens; default the dataset's bound. */
  readonly maxTokens?: number;
  /**
   * R completions of each of the G prompts: row r * G + g continues prompt g, and networks compute each
   * prompt once (see `SharedPrompts`). Default 1.
   */
  readonly completionsPerPrompt?: number;
  readonly rng: Rng;
}

/** Completions sampled from a policy, one a row, in the order of the prompts. */
export interface Samples {
  /** The prompt of each row. */
  readonly prompts: readonly TokenPrompt[];
  /** Completion token ids, end token included where it was sampled. */
  readonly completions: readonly (readonly number[])[];
  /** Whether a token that ends a sample was drawn. */
  readonly finished: readonly boolean[];
  /** Prompts and completions as one batch. */
  readonly batch: TokenBatch;
  /**
   * [B, C] log-probabilities of the sampled tokens, nats, at the sampling temperature (before top-k/top-p).
   */
  readonly logps: HostTensor;
}

/** B preference pairs. */
export interface PairBatch {
  /** 0-based position in the run, stable under resume. */
  readonly index: number;
  readonly epoch: number;
  /** B pairs. */
  readonly size: number;
  /** 2B rows: chosen in rows 0..B-1, rejected in rows B..2B-1. */
  readonly tokens: TokenBatch;
  /**
   * log pi_ref(y|x), nats, summed over completion tokens, rows as in `tokens`: [2B]. Computed once for the
   * whole set; 0 without need 'reference'.
   */
  readonly refLogps: HostTensor;
  /** [B], 0 where the data has none. */
  readonly margins: HostTensor;
}

/** B completions, each judged by itself. */
export interface UnpairedBatch {
  /** 0-based position in the run, stable under resume. */
  readonly index: number;
  readonly epoch: number;
  /** B rows. */
  readonly size: number;
  readonly tokens: TokenBatch;
  /** [B], 1 where the completion is judged good, 0 where it is judged bad. */
  readonly labels: HostTensor;
  /**
   * log pi_ref(y|x), nats, summed over completion tokens: [B]. Computed once for the whole set; 0 without
   * need 'reference'.
   */
  readonly refLogps: HostTensor;
}

/** B prompts with a completion each. */
export interface CompletionBatch {
  /** 0-based position in the run, stable under resume. */
  readonly index: number;
  readonly epoch: number;
  /** B rows. */
  readonly size: number;
  readonly tokens: TokenBatch;
}

/** As many prompts as were asked for, without completions. */
export interface PromptBatch {
  /** 0-based position in the run, stable under resume. */
  readonly index: number;
  /** Where the data has fewer prompts than a batch, they take turns. */
  readonly prompts: readonly TokenPrompt[];
}

/** Completions of the start with their rewards: row r P + p is draw r of prompt p, of P prompts. */
export interface Draws {
  readonly completions: readonly (readonly number[])[];
  /** Whether each ended by itself, before the length bound. */
  readonly finished: readonly boolean[];
  /** log pi(y|x) of each, nats, temperature 1. */
  readonly logps: readonly number[];
  /** By `ctx.reward`. */
  readonly scores: readonly number[];
}
