import type { Rng } from '../rng.js';
import type { ParamsSchema } from './params.js';

/** Token ids in and out. `padId` is distinct from `eosId`. */
export interface Tokenizer {
  readonly vocabSize: number;
  readonly eosId: number;
  readonly padId: number;
  encode(text: string): number[];
  /** Decodes without special tokens. */
  decode(ids: ArrayLike<number>): string;
  /** What is saved beside a checkpoint, enough to build the tokenizer again. */
  toJSON(): unknown;
}

export interface Prompt {
  readonly id: string;
  readonly prompt: string;
}

/** One human or simulated preference. Field names follow Hugging Face. */
export interface Pair extends Prompt {
  readonly chosen: string;
  readonly rejected: string;
  /** Optional strength of the preference (Llama-2 margin loss). */
  readonly margin?: number;
}

/** A prompt with one completion: what a base policy is fitted on. */
export interface Demonstration extends Prompt {
  readonly completion: string;
}

export type Split = 'train' | 'validation' | 'test';

/**
 * A dataset opened with its parameters and a pipeline seed. Worlds know the gold reward; real data does not.
 * Everything is a pure function of (params, seed): opening twice gives equal rows.
 */
export interface OpenDataset {
  readonly tokenizer: Tokenizer;
  /** Upper bounds in tokens; a completion's bound includes its end token where `endsWithEos`. */
  readonly maxPromptTokens: number;
  readonly maxCompletionTokens: number;
  /** Whether completions end with the tokenizer's end token (false for one-token arms). */
  readonly endsWithEos: boolean;
  prompts(split: Split): readonly Prompt[];
  /** Demonstrations to fit a base policy on; absent where there are none. */
  corpus?(): readonly Demonstration[];
  /** Given preference pairs (real data); absent where they are made by sampling and labelling. */
  pairs?(split: Split): readonly Pair[];
  /** The gold reward of a completion; FOR EVALUATION AND LABELLING ONLY, never handed to an algorithm. Higher is better. */
  readonly gold?: (prompt: string, completion: string) => number;
  /** A starting policy given by the world itself: tabular logits, row-major [contexts, actions]. */
  readonly initialTable?: { readonly contexts: number; readonly actions: number; readonly logits: Float32Array };
  /** Every completion of every prompt, where they can be listed: KL and win rates are then exact. */
  enumerate?(prompt: string): readonly string[];
}

export interface Dataset<P extends object = object> {
  readonly name: string;
  readonly description: string;
  readonly params: ParamsSchema;
  /** Default `labels` for this world, see harness/worker/label.ts. */
  open(params: Readonly<P>, seed: number, baseDir: string): OpenDataset | Promise<OpenDataset>;
}

/** How a gold reward becomes preference labels (Bradley-Terry with temperature and noise). */
export interface LabelParams {
  /** 0: the better completion always wins; t > 0: P(a wins) = sigma((r_a - r_b) / t). */
  readonly temperature: number;
  /** Probability that a label is flipped afterwards, in [0, 0.5). */
  readonly noise: number;
  /** Labels drawn per pair; the majority decides, ties are redrawn once and then broken at random. */
  readonly labelsPerPair: number;
}

/** Labels one pair of completions. Returns null where the two are equal or cannot be told apart. */
export type Labeller = (prompt: Prompt, a: string, b: string, rng: Rng) => { chosen: string; rejected: string } | null;
