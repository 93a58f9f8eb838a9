import type { SourceAccount } from '../store/data.js';
import type { ParamsSchema } from './params.js';
import type { Tokenizer } from './tokenizer.js';

export type { SourceAccount };

/** A prompt with an id that is unique within its split. */
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
  /** The text of both completions ends the turn itself, as a chat template does: no end token is added. */
  readonly closed?: boolean;
}

/** What the tokens of a pair come to, as training gets them. */
export interface PairTokens {
  readonly prompt: number;
  readonly chosen: number;
  readonly rejected: number;
  /** Both completions are the same tokens. */
  readonly equal: boolean;
  /** Tokens of each completion that end a sample; 0 where completions do not end with one. */
  readonly ends: { readonly chosen: number; readonly rejected: number };
  /** Tokens of all three that stand for text that the tokenizer does not know. */
  readonly unknown: number;
}

/** What a dataset read, said by `check`, `inspect` and the report. */
export interface DataAccount {
  readonly sources: readonly SourceAccount[];
  /** Name and file of the chat template in use; null where rows are plain text. */
  readonly template: { readonly name: string; readonly from: string } | null;
  /** Token ids with a special meaning, and the file and field that each came from. */
  readonly specialTokens: readonly {
    readonly role: 'end' | 'padding' | 'begin';
    readonly ids: readonly number[];
    readonly from: string;
  }[];
  /** What a reader of results should know, a sentence each, e.g. prompts that splits share on purpose. */
  readonly notes: readonly string[];
}

/** A prompt with one completion: what a base policy is fitted on. */
export interface Demonstration extends Prompt {
  readonly completion: string;
  /** As `Pair.closed`. */
  readonly closed?: boolean;
}

/** One judgement of one completion, in TRL's unpaired layout. */
export interface Judgement extends Demonstration {
  /** Whether the completion is good. */
  readonly label: boolean;
}

/**
 * Which part of a dataset: to train on, to evaluate on during training, to evaluate on at the end, or to
 * collect the held-out pairs on, which only judges, choosers and figures of reward models see.
 */
export type Split = 'train' | 'validation' | 'test' | 'heldout';
/** All of them. No prompt is in two, unless `OpenDataset.repeatsPrompts` says so. */
export const SPLITS = ['train', 'validation', 'test', 'heldout'] as const satisfies readonly Split[];

/**
 * A dataset opened with its parameters and a pipeline seed. Worlds know the gold reward; real data does not.
 * Everything is a pure function of (params, seed): opening twice gives equal rows.
 */
export interface OpenDataset {
  readonly tokenizer: Tokenizer;
  /** Upper bounds in tokens; a completion's bound includes its end token where `endsWithEos`. */
  readonly maxPromptTokens: number;
  readonly maxCompletionTokens: number;
  /** Whether completions end with the tokenizer's end token (false for completions of a fixed length). */
  readonly endsWithEos: boolean;
  /** Prompts over their bound keep their end, completions their start, without an end token; default: no. */
  readonly truncate?: boolean;
  /** May be empty for `heldout`, from which then no pairs can be had. */
  prompts(split: Split): readonly Prompt[];
  /**
   * Splits share prompts: a world has few contexts and says so, or whoever gave the data allowed it. Absent:
   * data whose splits share one is refused.
   */
  readonly repeatsPrompts?: boolean;
  /** Demonstrations to fit a base policy on; absent where there are none. */
  corpus?(): readonly Demonstration[];
  /** Given preference pairs (real data); absent where they are made by sampling and labelling. */
  pairs?(split: Split): readonly Pair[];
  /** Given completions that are judged one by one (real data); absent where there are none. */
  unpaired?(split: Split): readonly Judgement[];
  /** Of each of `pairs`, where they were counted when they were read; absent: whoever asks counts them. */
  pairTokens?(split: Split): readonly PairTokens[];
  /**
   * The gold reward of a completion, higher is better; FOR EVALUATION AND LABELLING ONLY, never handed to an
   * algorithm.
   */
  readonly gold?: (prompt: string, completion: string) => number;
  /** A starting policy given by the world itself: tabular logits, row-major [contexts, actions]. */
  readonly initialTable?: {
    readonly contexts: number;
    readonly actions: number;
    readonly logits: Float32Array;
  };
  /** What was read, kept and dropped; absent where nothing is read from files. */
  readonly account?: DataAccount;
  /** Every completion of every prompt, where they can be listed: KL and win rates are then exact. */
  enumerate?(prompt: string): readonly string[];
}

/** Data to train and evaluate on: its parameters, and how it is opened with them. */
export interface Dataset<P extends object = object> {
  readonly name: string;
  /** One line for lists. */
  readonly description: string;
  readonly params: ParamsSchema;
  /**
   * @param params checked against the schema, defaults filled
   * @param seed of the pipeline: what is drawn or shuffled is drawn from it
   * @param baseDir folder of the experiment file; relative paths in the parameters are resolved from it
   * @throws TiltyardError for data that no run could use, saying where it is and what to do
   */
  open(params: Readonly<P>, seed: number, baseDir: string): OpenDataset | Promise<OpenDataset>;
}

/** Types a dataset's params and checks nothing else: loading validates. */
export function defineDataset<P extends object>(dataset: Dataset<P>): Dataset<P> {
  return dataset;
}
