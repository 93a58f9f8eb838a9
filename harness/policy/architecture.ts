import type { HostTensor } from '../engine/tensor.js';
import type { TokenTensors } from '../contracts/batches.js';
import type { Tensor } from '../engine/ops.js';
import type { Rng } from '../rng.js';
import type { Layout } from './layout.js';

/** Named weights inside a traced program. */
export type Weights = Readonly<Record<string, Tensor>>;

/**
 * A network's shape: which arrays it has and how tokens become logits and scalars. Pure functions of weights;
 * the weights live in engine variables. Two groups: the body (shared by policy, reward and value) and an
 * optional scalar head.
 */
export interface Architecture {
  readonly kind: 'tabular' | 'transformer';
  /** Number of tokens the policy chooses from. */
  readonly vocabSize: number;
  /** Longest row of prompt and completion tokens. */
  readonly contextLength: number;
  initialBody(rng: Rng): Map<string, HostTensor>;
  /**
   * `normal`: N(0, 1/(D+1)), the reward-model initialisation of Stiennon et al. 2020; `zero`: starts as 0
   * everywhere.
   */
  initialHead(init: 'zero' | 'normal', rng: Rng): Map<string, HostTensor>;
  /** Hidden states of the M rows that a layout reads: [M, D]. */
  hidden(body: Weights, layout: Layout): Tensor;
  /** Next-token logits at chosen positions: rows [N, D] -> [N, V]. */
  logits(body: Weights, rows: Tensor): Tensor;
  /** Scalar of the last token of each row: [B]. `hidden` [B, D] is that of `batch.last`. */
  scores(head: Weights, hidden: Tensor, batch: TokenTensors): Tensor;
  /**
   * Scalar before each of the M completion tokens that are computed: [M], padding not yet masked. `hidden`
   * [M, D] is that of `batch.positions`; M is B*C, or less where the batch is packed.
   */
  values(head: Weights, hidden: Tensor, batch: TokenTensors): Tensor;
  /** Cached decoding; absent where completions are one token. */
  readonly decoder?: Decoder;
  /** Hugging Face config.json: as it came, where the model came with one. */
  config(): Record<string, unknown>;
  /**
   * What Hugging Face puts before the names of body arrays; the output matrix `lm_head.weight` has no prefix.
   */
  readonly filePrefix: string;
  /** Whether matrices are [in, out], as Conv1D of gpt2 has them; else they are [out, in]. */
  readonly fanInFanOut?: true;
  /** The name of the output matrix in files; default `lm_head.weight`, as in the body. */
  readonly outputMatrix?: string;
}

/** The name of a body array in a checkpoint file. */
export const fileName = (architecture: Architecture, name: string): string =>
  name === 'lm_head.weight' ? (architecture.outputMatrix ?? name) : architecture.filePrefix + name;

/** Decoding one token at a time against a cache of keys and values, H heads of size dh each. */
export interface Decoder {
  readonly layers: number;
  /** [B, H, S, dh], of keys and of values. */
  cacheShape(batch: number, slots: number): readonly number[];
  /**
   * ids int32 [B, P], flat indices into them int32 [M] -> hidden [M, D] and each layer's keys and values
   * [B, H, P, dh].
   */
  prefill(body: Weights, ids: Tensor, read: Tensor): { hidden: Tensor; keys: Tensor[]; values: Tensor[] };
  /**
   * One token a row, int32 [B], at its `positions` [B]: writes its key and value into that slot and attends
   * to the slots up to it. Returns hidden [B, D] and the new caches.
   */
  step(
    body: Weights,
    cache: { keys: readonly Tensor[]; values: readonly Tensor[] },
    token: { ids: Tensor; positions: Tensor },
  ): { hidden: Tensor; keys: Tensor[]; values: Tensor[] };
}
