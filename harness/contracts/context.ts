import type { Rng } from '../rng.js';
import type {
  CompletionBatch,
  Draws,
  GenerateOptions,
  PairBatch,
  PromptBatch,
  Samples,
  TokenPrompt,
  UnpairedBatch,
} from './batches.js';
import type { FeedKinds, Module, Trainer, TrainerOptions } from './nets.js';

/** Batches in order; a full run takes `totalSteps` of them. They end early where a budget is spent. */
export type Batches<B> = AsyncIterable<B> & { readonly totalSteps: number };

/** One record per optimiser step. Metric names follow TRL; all numbers are finite. */
export interface StepRecord {
  readonly metrics: Readonly<Record<string, number>>;
}

/**
 * Everything a plugin gets. It has no clock, no file system, no gold reward. What is not needed throws where
 * it is touched.
 */
export interface RunContext {
  /** The run's only source of randomness: `split` it by name and step. */
  readonly rng: Rng;
  /** The trainable policy, starting as the reference. Frozen for plugins that give a reward. */
  readonly policy: Module;
  /** The starting weights, frozen. Need 'reference'. */
  readonly reference: Module;
  /** A trained, frozen reward. Need 'reward'. */
  readonly reward: Module;
  /** The policy's body with a fresh scalar head, trainable. Only for plugins that give 'reward'. */
  readonly rewardModel: Module;
  /** Largest number of tokens a completion may have. */
  readonly maxCompletionTokens: number;
  /** Whether completions end with an end token. */
  readonly endsWithEos: boolean;

  /**
   * Preference pairs in a fresh seeded order each epoch; full batches only. Need 'pairs'. Throws where there
   * are fewer pairs than a batch holds.
   */
  pairs(options: { batchSize: number; epochs: number }): Batches<PairBatch>;
  /** Whether batches of pairs have `chances`: only for a plugin that declares `softLabels`. */
  readonly softLabels: boolean;
  /** A fixed share of the training pairs (0: none), held out from `pairs`; call it before. Need 'pairs'. */
  holdOutPairs(fraction: number): Promise<readonly PairBatch[]>;
  /**
   * Completions judged good or bad, each by itself, otherwise as `pairs`: the dataset's own, or the two sides
   * of its pairs, chosen ones good and rejected ones bad. Need 'unpaired'.
   */
  unpaired(options: { batchSize: number; epochs: number }): Batches<UnpairedBatch>;
  /**
   * Prompt-completion rows (the corpus, or the chosen completions), otherwise as `pairs`. Need 'completions'.
   */
  completions(options: { batchSize: number; epochs: number }): Batches<CompletionBatch>;
  /**
   * Prompts without completions, in a fresh seeded order each pass, for `steps` full batches: where the data
   * has fewer prompts than a batch, they take turns within it. Need 'prompts'. Throws where there is none.
   */
  prompts(options: { batchSize: number; steps: number }): Batches<PromptBatch>;

  /** A new trainable module: the start's body with a fresh head, of zeros or N(0, 1/(D+1)). */
  scalarModule(name: string, options: { init: 'zero' | 'normal' }): Promise<Module>;
  /** A zero-initialised scalar head on the body of `module`; its `values` share that body. */
  scalarHead(name: string, module: Module): Promise<Module>;
  /** Completions drawn from a policy. Counted as tokens generated. */
  generate(policy: Module, prompts: readonly TokenPrompt[], options: GenerateOptions): Promise<Samples>;
  /**
   * n completions of the start for each prompt, at temperature 1, and their rewards. The first m of them are
   * those that m draws from the same `rng` give. Need 'reward'.
   */
  draws(prompts: readonly TokenPrompt[], n: number, rng: Rng): Promise<Draws>;
  /** A loss on modules with its AdamW, see `TrainerOptions`. Throws for a frozen module. */
  trainer<const K extends FeedKinds, M extends string>(options: TrainerOptions<K, M>): Trainer<K>;
  /** A small JSON object that is saved with every checkpoint and restored on resume. Mutate it in place. */
  state<T extends object>(name: string, initial: T): T;
  /**
   * Keeps the module's present weights as the run's best; `restoreBest` brings them back (early stopping).
   */
  keepBest(module: Module): Promise<void>;
  restoreBest(module: Module): Promise<void>;
  /** Numbers reported once, in outcome.json and the report. */
  summarise(metrics: Readonly<Record<string, number>>): void;
}
