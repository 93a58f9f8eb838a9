import type { ParamsSchema } from './params.js';
import type { Tensor } from '../engine/ops.js';
import type { OptimizerOptions } from '../engine/optimizer-options.js';
import type { HostTensor } from '../engine/tensor.js';
import type { Rng } from '../rng.js';

export type { OptimizerOptions } from '../engine/optimizer-options.js';
export type { HostTensor } from '../engine/tensor.js';

/** The version of the interface below. A plugin written for another is refused, naming both numbers. */
export const PLUGIN_API = 1;

/** What a plugin may ask for. The harness supplies exactly these; touching anything else throws. */
export type Need = 'pairs' | 'prompts' | 'completions' | 'reference' | 'reward';

/**
 * Prompts with completions, right-padded: B rows of T tokens, at most C completion tokens a row.
 * `positions[b, c]` is the flat index (b * T + t) of the token *before* completion token c, i.e. the position whose
 * logits predict it; `targets` are the completion tokens; `mask` is 1 on real completion tokens (end token included);
 * `last[b]` is the flat index of the last real token. Padding never enters a sum: multiply by `mask`.
 */
export interface TokenBatch {
  readonly ids: HostTensor; //       int32 [B, T]
  readonly positions: HostTensor; // int32 [B, C]
  readonly targets: HostTensor; //   int32 [B, C]
  readonly mask: HostTensor; //      float32 [B, C]
  readonly last: HostTensor; //      int32 [B]
  /** Present on batches of pairs: the same tokens with each prompt once, which networks compute from. A plugin need not look. */
  readonly shared?: SharedPrompts;
}

/** B rows that are R completions of each of G prompts, row r * G + g: at most P + 1 prompt tokens, C completion tokens. */
export interface SharedPrompts {
  /** Every prompt but for its last token, right-padded. */
  readonly prompts: HostTensor; //      int32 [G, P]
  /** 0 on those tokens, -1e9 on padding. */
  readonly promptMask: HostTensor; //   float32 [G, P]
  /** Last prompt token, then the completion, right-padded. */
  readonly completions: HostTensor; //  int32 [B, C + 1]
  /** Position of each row's last prompt token. */
  readonly offsets: HostTensor; //      int32 [B]
  /** Flat index of the last real token in `completions`. */
  readonly last: HostTensor; //         int32 [B]
}

/** The arrays of T as tensors inside a traced loss. */
export type TensorsIn<T> = { readonly [K in keyof T]: T[K] extends HostTensor ? Tensor : T[K] extends object | undefined ? TensorsIn<NonNullable<T[K]>> | Extract<T[K], undefined> : never };
/** A `TokenBatch` inside a traced loss. */
export type TokenTensors = TensorsIn<TokenBatch>;

/** What a loss is fed on every step: arrays and token batches by name. */
export type Feeds = Readonly<Record<string, HostTensor | TokenBatch>>;
/** The same feeds as tensors inside the loss. */
export type TensorsOf<F extends Feeds> = { readonly [K in keyof F]: F[K] extends TokenBatch ? TokenTensors : Tensor };

/** A network inside a traced loss: tensors in, differentiable tensors out. */
export interface Net {
  /** log pi(token | prefix) of every completion token: [B, C], 0 on padding. Logits are divided by `temperature` (default 1). */
  tokenLogps(batch: TokenTensors, options?: { temperature?: number }): Tensor;
  /** Entropy of the next-token distribution at every completion position, nats: [B, C], 0 on padding. */
  entropies(batch: TokenTensors, options?: { temperature?: number }): Tensor;
  /** The scalar head at the last token of each row (a reward model's score): [B]. */
  scores(batch: TokenTensors): Tensor;
  /** The scalar head before each completion token (a value function): [B, C], 0 on padding. */
  values(batch: TokenTensors): Tensor;
}

/** A network with its weights on the engine. Forward passes only; training goes through `RunContext.trainer`. */
export interface Module {
  readonly name: string;
  /** [B, C] float32, 0 on padding. */
  tokenLogps(batch: TokenBatch, options?: { temperature?: number }): Promise<HostTensor>;
  /** [B] raw scores of the scalar head, or normalised ones where `setNormalisation` was called. */
  scores(batch: TokenBatch): Promise<Float32Array>;
  /** [B, C] float32, 0 on padding. */
  values(batch: TokenBatch): Promise<HostTensor>;
  /** Scores become (score - mean) / std from here on; saved with the weights. */
  setNormalisation(normalisation: { mean: number; std: number }): void;
}

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
  readonly rng: Rng;
}

/** Completions sampled from a policy, in the order of the prompts. */
export interface Samples {
  readonly prompts: readonly TokenPrompt[];
  /** Completion token ids, end token included where it was sampled. */
  readonly completions: readonly (readonly number[])[];
  /** Whether the end token came before the length bound. */
  readonly finished: readonly boolean[];
  /** Prompts and completions as one batch. */
  readonly batch: TokenBatch;
  /** [B, C] log-probabilities of the sampled tokens at the sampling temperature (before top-k/top-p). */
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
  /** log pi_ref(y|x), summed over completion tokens, rows as in `tokens`: [2B]. Only with need 'reference'; computed once for the whole set. */
  readonly refLogps: HostTensor;
  /** [B], 0 where the data has none. */
  readonly margins: HostTensor;
}

/** B prompts with a completion each. */
export interface CompletionBatch {
  readonly index: number;
  readonly epoch: number;
  readonly size: number;
  readonly tokens: TokenBatch;
}

/** Prompts without completions. */
export interface PromptBatch {
  readonly index: number;
  readonly prompts: readonly TokenPrompt[];
}

/** What a loss returns: the scalar to minimise and scalars to report. */
export interface LossResult {
  /** Scalar. */
  readonly loss: Tensor;
  /** Scalars, reported with the step. */
  readonly metrics?: Readonly<Record<string, Tensor>>;
}

/** A compiled loss with its optimiser. */
export interface Trainer<F extends Feeds> {
  /** One optimiser step. Returns `loss`, `grad_norm` (before clipping), `learning_rate` and the loss's own metrics. */
  step(feeds: F): Promise<Record<string, number>>;
  /** The same loss and metrics without an update. */
  evaluate(feeds: F): Promise<Record<string, number>>;
}

/** One record per optimiser step. Metric names follow TRL; all numbers are finite. */
export interface StepRecord {
  readonly metrics: Readonly<Record<string, number>>;
}

/** Everything a plugin gets. It has no clock, no file system, no gold reward. */
export interface RunContext {
  readonly rng: Rng;
  /** The trainable policy, starting from the shared weights (the reference). Plugins that give a reward get it frozen. */
  readonly policy: Module;
  /** The starting weights, frozen. Need 'reference'. */
  readonly reference: Module;
  /** A trained, frozen reward. Need 'reward'. */
  readonly reward: Module;
  /** The trainable reward model: the policy's body with a fresh scalar head. Only for plugins that give 'reward'. */
  readonly rewardModel: Module;
  /** Largest number of tokens a completion may have, and whether completions end with an end token. */
  readonly maxCompletionTokens: number;
  readonly endsWithEos: boolean;

  /** Preference pairs in a fresh seeded order each epoch; full batches only. Need 'pairs'. */
  pairs(options: { batchSize: number; epochs: number }): AsyncIterable<PairBatch> & { readonly totalSteps: number };
  /** A fixed share of the training pairs held out from `pairs` when `fraction` > 0; call before `pairs`. Need 'pairs'. */
  holdOutPairs(fraction: number): Promise<readonly PairBatch[]>;
  /** Prompt-completion rows (the corpus, or the chosen completions). Need 'completions'. */
  completions(options: { batchSize: number; epochs: number }): AsyncIterable<CompletionBatch> & { readonly totalSteps: number };
  /** Prompts without completions, in a seeded order, for ever or for `steps` batches. Need 'prompts'. */
  prompts(options: { batchSize: number; steps: number }): AsyncIterable<PromptBatch> & { readonly totalSteps: number };

  /** A new trainable module: the start policy's body with a fresh scalar head (`zero` or N(0, 1/(D+1)) initialised). */
  scalarModule(name: string, options: { init: 'zero' | 'normal' }): Promise<Module>;
  /** A zero-initialised scalar head on the body of `module`; its `values` share that body. */
  scalarHead(name: string, module: Module): Promise<Module>;
  /** Batches of samples drawn from a policy. Counted as tokens generated. */
  generate(policy: Module, prompts: readonly TokenPrompt[], options: GenerateOptions): Promise<Samples>;
  /** Compiles `loss` once per shape; the modules named are trained together by one AdamW. */
  trainer<F extends Feeds, M extends string>(options: {
    readonly modules: Readonly<Record<M, Module>>;
    readonly optimizer: OptimizerOptions;
    readonly loss: (nets: Readonly<Record<M, Net>>, feeds: TensorsOf<F>) => LossResult;
  }): Trainer<F>;
  /** A small JSON object that is saved with every checkpoint and restored on resume. Mutate it in place. */
  state<T extends object>(name: string, initial: T): T;
  /** Keeps the module's present weights as the run's best; `restoreBest` brings them back (early stopping). */
  keepBest(module: Module): Promise<void>;
  restoreBest(module: Module): Promise<void>;
  /** Numbers reported once, in outcome.json and the report. */
  summarise(metrics: Readonly<Record<string, number>>): void;
}

/** What `sample` returns: completions chosen without training weights. */
export interface SamplerResult {
  readonly completions: readonly (readonly number[])[];
  readonly finished: readonly boolean[];
  /** Per-sample estimate of log pi(y|x)/pi_ref(y|x)'s expectation, in nats, with the estimator's name. */
  readonly kl?: { readonly name: string; readonly perSample: readonly number[] };
}

/** An algorithm: what it needs, what it gives, its parameters, and one generator that trains. */
export interface AlgorithmPlugin<P extends object = Record<string, unknown>> {
  readonly api: typeof PLUGIN_API;
  readonly name: string;
  readonly summary: string;
  readonly paper: { readonly url: string; readonly equations: readonly string[] };
  /** Losses of TRL's DPOTrainer that this plugin computes with these parameters; `tiltyard verify` checks them against golden values. */
  readonly golden?: readonly { readonly lossType: string; readonly params: Readonly<Record<string, unknown>> }[];
  readonly needs: readonly Need[];
  readonly gives: 'policy' | 'reward';
  readonly params: ParamsSchema;
  /**
   * Metrics of the first step that are known beforehand because the policy still equals the reference, e.g. a loss of
   * log 2. The harness checks them in every run: dropout, another precision or a wrong reference would break them.
   */
  atStart?(params: Readonly<P>): Readonly<Record<string, number>>;
  /**
   * What this algorithm promises beyond its interface; the conformance suite holds it to each. `reward-shift`: adding one
   * number to every reward changes nothing; `reward-monotone`: nor does any increasing change; `pair-order`: the order of
   * pairs within a batch does not matter. `params`: under these parameters.
   */
  readonly invariants?: readonly { readonly kind: 'reward-shift' | 'reward-monotone' | 'pair-order'; readonly params?: Readonly<Record<string, unknown>> }[];
  /**
   * Where training ends on two arms of which one wins 80 % of 10 pairs: the log-ratio gap of a policy, or the gap of a reward
   * (in its raw units), with parameters that converge there.
   */
  readonly twoArms?: { readonly params: Readonly<Record<string, unknown>>; readonly gap: number };
  /** Yields one record per optimiser step. Between yields the harness logs, evaluates, checkpoints, or stops. */
  train(ctx: RunContext, params: Readonly<P>): AsyncGenerator<StepRecord, void>;
  /** How the result is sampled, where it is not `ctx.policy` itself. One completion per prompt. What it computes is charged to it. */
  sample?(ctx: RunContext, params: Readonly<P>, prompts: readonly TokenPrompt[], rng: Rng): Promise<SamplerResult>;
  /**
   * The policy that `sample` draws from, where a dataset lists every completion of a prompt and the starting policy is not changed by
   * training: the probability of each from its probability under the start and its reward. KL and gold reward are then exact.
   * @param reference sums to 1
   * @param rewards of `ctx.reward`
   */
  probabilities?(params: Readonly<P>, reference: readonly number[], rewards: readonly number[]): readonly number[];
}

/** Types a plugin's params and checks nothing else: loading validates. */
export function definePlugin<P extends object>(plugin: AlgorithmPlugin<P>): AlgorithmPlugin<P> {
  return plugin;
}
