import type { Tensor } from '../engine/ops.js';
import type { OptimizerOptions } from '../engine/optimizer-options.js';
import type { HostTensor, TokenBatch, TokenTensors } from './batches.js';

export type { OptimizerOptions } from '../engine/optimizer-options.js';

/** A network inside a traced loss: tensors in, differentiable tensors out. */
export interface Net {
  /**
   * log pi(token | prefix) of every completion token: [B, C], nats, 0 on padding. Logits are divided by
   * `temperature` (default 1).
   */
  tokenLogps(batch: TokenTensors, options?: { temperature?: number }): Tensor;
  /** Entropy of the next-token distribution at every completion position, nats: [B, C], 0 on padding. */
  entropies(batch: TokenTensors, options?: { temperature?: number }): Tensor;
  /** The scalar head at the last token of each row (a reward model's score): [B]. */
  scores(batch: TokenTensors): Tensor;
  /** The scalar head before each completion token (a value function): [B, C], 0 on padding. */
  values(batch: TokenTensors): Tensor;
}

/**
 * A network with its weights on the engine. Forward passes only; training goes through `RunContext.trainer`.
 */
export interface Module {
  readonly name: string;
  /** [B, C] float32, nats, 0 on padding. */
  tokenLogps(batch: TokenBatch, options?: { temperature?: number }): Promise<HostTensor>;
  /**
   * [B] raw scores of the scalar head, or normalised ones where `setNormalisation` was called. Throws without
   * a head.
   */
  scores(batch: TokenBatch): Promise<Float32Array>;
  /** [B, C] float32, 0 on padding. Throws without a head. */
  values(batch: TokenBatch): Promise<HostTensor>;
  /**
   * Scores become (score - mean) / std from here on; saved with the weights. Throws unless mean is finite and
   * std above 0.
   */
  setNormalisation(normalisation: { mean: number; std: number }): void;
  /** What scores are normalised by, in raw units; null: they are raw. */
  readonly normalisation: { readonly mean: number; readonly std: number } | null;
}

/** What a feed is: a batch of token rows, or one array. */
export type FeedKind = 'tokens' | 'tensor';
/** What a loss is fed on every step, by name. */
export type FeedKinds = Readonly<Record<string, FeedKind>>;
/** The feeds of one step: token batches and arrays by name. */
export type Feeds<K extends FeedKinds = FeedKinds> = {
  readonly [Name in keyof K]: K[Name] extends 'tokens'
    ? TokenBatch
    : K[Name] extends 'tensor'
      ? HostTensor
      : TokenBatch | HostTensor;
};
/** The same feeds as tensors inside the loss. */
export type FeedTensors<K extends FeedKinds = FeedKinds> = {
  readonly [Name in keyof K]: K[Name] extends 'tokens'
    ? TokenTensors
    : K[Name] extends 'tensor'
      ? Tensor
      : TokenTensors | Tensor;
};

/** What a loss returns: the scalar to minimise and scalars to report. */
export interface LossResult {
  /** Scalar. */
  readonly loss: Tensor;
  /** Scalars, reported with the step. */
  readonly metrics?: Readonly<Record<string, Tensor>>;
}

/** What `ctx.trainer` is given: modules of names M, and a loss with the feeds K. */
export interface TrainerOptions<K extends FeedKinds, M extends string> {
  /** Trained together by one AdamW; a body that two of them share is trained once. */
  readonly modules: Readonly<Record<M, Module>>;
  readonly optimizer: OptimizerOptions;
  /** What `step` is given and the loss receives, e.g. `{ tokens: 'tokens', margins: 'tensor' }`. */
  readonly feeds: K;
  /** Compiled once per shape of the feeds. */
  readonly loss: (nets: Readonly<Record<M, Net>>, feeds: FeedTensors<K>) => LossResult;
}

/** A compiled loss with its optimiser. Both calls throw where the feeds are not those declared. */
export interface Trainer<K extends FeedKinds> {
  /** One step. Returns `loss`, `grad_norm` (before clipping), `learning_rate` and the loss's metrics. */
  step(feeds: Feeds<K>): Promise<Record<string, number>>;
  /** The same loss and metrics without an update. */
  evaluate(feeds: Feeds<K>): Promise<Record<string, number>>;
}
