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
  /** The same tokens without padding: put in before a network computes. A plugin need not look. */
  readonly packed?: PackedTokens;
}

/** The tokens of a batch without padding, and the way back to its [B, C] places. */
export interface PackedTokens {
  /** What is computed where the tokens of completions are predicted. */
  readonly positions: PackedLayout;
  /** What is computed where rows are scored at their last token: one token a row more. */
  readonly last: PackedLayout;
  /** The place b * C + c that each of the M rows of completions in `positions` predicts: int32 [M]. */
  readonly read: HostTensor;
  /**
   * The row that predicts each place; padding has an empty row: int32 [B * C], one more where no place is
   * padding and rows are, which have that place.
   */
  readonly unread: HostTensor;
}

/**
 * N rows, one a token: those of G prompts but for the last of each, then M of B completions, the last of
 * their prompt and their own tokens. Rows that are completions of the same prompts in turn (row r * G + g of
 * prompt g) have each prompt once. N and M are rounded up, so that few shapes come; rows without a token
 * stand behind those of prompts and behind those of completions.
 */
export interface PackedLayout {
  readonly ids: HostTensor; //         int32 [N]
  /** Tokens before it in its batch row. */
  readonly positions: HostTensor; //   int32 [N]
  /** What looks at what, a block holding sequences about as long; no prompts where all have one token. */
  readonly prompts: readonly PackedBlock[];
  readonly completions: readonly PackedBlock[];
  /**
   * Where the rows lie in those blocks, see `Places` of harness/engine/nn: the queries of every row,
   * completions before prompts [N]; the keys of completions [M]; the keys of prompts, in each of their R
   * completions and in their own block [(R + 1) * (N - M)].
   */
  readonly queries: PackedPlaces;
  readonly keys: PackedPlaces;
  readonly promptKeys: PackedPlaces;
  /** The row of the token at which each batch row is scored. */
  readonly last: HostTensor; //        int32 [B]
}

/** b sequences with up to T tokens that look and up to S that are looked at. Sizes T and S may vary. */
export interface PackedBlock {
  /** The row of each token, and how many tokens come before it; padding is out of sight. */
  readonly queries: HostTensor; //     int32 [b, T]
  readonly queryAt: HostTensor; //     float32 [b, T]
  /** The same of those looked at; absent where they are the ones that look. */
  readonly keys?: HostTensor; //       int32 [b, S]
  readonly keyAt?: HostTensor; //      float32 [b, S]
}

/** Places among sequences that lie one after another: int32 each. */
export interface PackedPlaces {
  readonly first: HostTensor;
  readonly width: HostTensor;
  readonly place: HostTensor;
}

/** The arrays of T as tensors inside a traced loss. */
export type TensorsIn<T> = {
  readonly [K in keyof T]: T[K] extends HostTensor | undefined
    ? Tensor | Extract<T[K], undefined>
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
   * prompt once. Default 1.
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
  /**
   * [B], in [0, 1]: how likely it is that the chosen completion is the better one; the loss is then the
   * expectation over both orders. Absent where `RunContext.softLabels` is false: labels are certain.
   */
  readonly chances?: HostTensor;
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
