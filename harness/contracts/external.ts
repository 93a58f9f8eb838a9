/** A program to run: a name on the PATH or an absolute path, and what is added to its environment. */
export interface ExternalCommand {
  readonly file: string;
  readonly args: readonly string[];
  readonly env?: Readonly<Record<string, string>>;
}

/** What a trainer learns from, as JSONL: `rows` of a kind, and the order in which each epoch takes them. */
export interface ExternalData {
  /**
   * `pairs`: `{ id, prompt, chosen, rejected, promptIds, chosenIds, rejectedIds, margin, chance? }`;
   * `unpaired`: `{ prompt, completion, promptIds, completionIds, label }`, label 1 or 0; `completions`: the
   * same without a label; `prompts`: `{ id, prompt, promptIds }`. Ids are token ids of the start's tokenizer,
   * completions with their end token; texts are without it.
   */
  readonly kind: 'pairs' | 'unpaired' | 'completions' | 'prompts';
  /** The file. */
  readonly file: string;
  readonly rows: number;
  /**
   * A file with a line for each epoch: the places of all rows, from 0, in the order in which Tiltyard's own
   * plugins take them. As many lines as the parameter `epochs` says, or as `iterations` of `batchSize` rows
   * need; one without such parameters.
   */
  readonly orders: string;
}

/** What a trainer is told, as JSON. Every path is absolute. No gold reward is in it, nor leads there. */
export interface ExternalJob<P extends object = Record<string, unknown>> {
  /** Of this layout. */
  readonly version: 1;
  /** This file itself. */
  readonly file: string;
  /** Id of the run. */
  readonly run: string;
  readonly gives: 'policy' | 'reward';
  /**
   * The model to train, in Hugging Face's layout, float32; for a reward with a fresh scalar head. Its
   * tokenizer lies with it; those of built-in worlds only Tiltyard reads, and token ids are given.
   */
  readonly start: string;
  /** The frozen start, for a policy. */
  readonly reference: string | null;
  readonly tokenizer: {
    readonly vocabSize: number;
    readonly padId: number;
    readonly eosId: number;
    /** Every token that ends a sample. */
    readonly endIds: readonly number[];
  };
  readonly maxPromptTokens: number;
  readonly maxCompletionTokens: number;
  /** Whether completions end with an end token. */
  readonly endsWithEos: boolean;
  readonly data: ExternalData;
  /** The trained reward, a sequence classifier of one score; null unless needed. */
  readonly reward: { readonly folder: string; readonly mean: number; readonly std: number } | null;
  readonly params: Readonly<P>;
  /** Below 2^31; another for a control (A/A). */
  readonly seed: number;
  /** Part of its schedule that the run goes through, in (0, 1]: steps and decay are that much shorter. */
  readonly share: number;
  /** Where the trainer stops by itself and leaves its model; null: nowhere. Seconds are those left. */
  readonly budget: { readonly maxSteps: number | null; readonly maxSeconds: number | null };
  /** Keep a checkpoint every this many steps (0: never). */
  readonly checkpointEvery: number;
  /** `cpu` or `cuda`. */
  readonly device: string;
  readonly threads: number;
  /** The folder to leave the model in, in Hugging Face's layout: config.json and safetensors. */
  readonly output: string;
  /**
   * The file to append a line to for each step: `{ step, loss, ... }`, steps from 1, TRL's names, finite
   * numbers. `total_steps`, where it is there, is no metric but how many there will be.
   */
  readonly metrics: string;
  /** The file to leave an `ExternalLedger` in, once the model is there. */
  readonly ledger: string;
  /** A folder of the trainer's own, which outlives an interruption. */
  readonly checkpoints: string;
  /** Whether an earlier process of this run worked on it: its checkpoints, if any, are in their folder. */
  readonly resume: boolean;
}

/** What the cost of a training is booked on. */
export type ExternalPhase = 'rollout' | 'score' | 'forward' | 'update';

/** What a trainer says of its work, over all processes of its run. */
export interface ExternalLedger {
  readonly version: 1;
  /** Completion tokens that the loss was taken of, each time it was, and that were drawn. */
  readonly tokens: Readonly<Record<'trained' | 'generated', number>>;
  /**
   * Tokens that models read in a phase, prompts included and padding not: as they drew, as a reward scored,
   * as frozen policies gave log-probabilities, as gradients were taken.
   */
  readonly read: Readonly<Record<ExternalPhase, number>>;
  readonly seconds: Readonly<Record<ExternalPhase, number>>;
  /** Counted operations; null: none were counted, and a formula over `read` stands in, which is said. */
  readonly flops: Readonly<Record<ExternalPhase, number>> | null;
  /** Most resident memory of its processes, bytes; null where it does not know. */
  readonly peakMemoryBytes: number | null;
  /** Most memory of the device, bytes; null on the CPU. */
  readonly peakDeviceMemoryBytes: number | null;
  /** What it ran: package -> version. */
  readonly versions: Readonly<Record<string, string>>;
  /** What stopped it before the end of its schedule; null: nothing did. */
  readonly stopped: 'steps' | 'seconds' | null;
}

/** What makes a plugin a command. */
export interface External<P extends object = Record<string, unknown>> {
  /**
   * Absolute paths of files that decide what it does, beside its module and what that imports: scripts,
   * configurations. They are hashed with the plugin's code.
   */
  readonly files: readonly string[];
  /** Whether it goes on from checkpoints of its own; false: an interrupted run begins anew, and says so. */
  readonly resumes: boolean;
  /**
   * A quick command that ends with 0 where what it needs is installed, run before anything is spent, and what
   * to do where it is not, for a message: `install Python and pip install ...`.
   */
  readonly requires?: ExternalCommand & { readonly remedy: string };
  /** Pure: the job lies in `job.file`. */
  command(job: ExternalJob<P>): ExternalCommand;
}
