/** What is written before the first run: the plan, and one run of it. records.ts holds what runs write. */

import type { Digests, GivenData } from './given.js';
import type { Sealed } from './seal.js';

/** Of the layout and the rows; another version is refused. */
export const STORE_VERSION = 2;

/** What a run asks of a scheduler; what is absent is left to it. */
export interface Resources {
  readonly gpus?: number;
  /** Absent: as many as the run has threads. */
  readonly cpus?: number;
  /** Of a node, as Slurm writes it: a number of MB, or one and K, M, G or T. */
  readonly memory?: string | number;
  /** Longest time, as Slurm writes it: minutes, hh:mm:ss, d-hh:mm:ss and the like. */
  readonly time?: string | number;
  readonly partition?: string;
}

/** What policies are made of. */
export interface PolicySpec {
  readonly kind: 'tabular' | 'transformer';
  /** Transformer only. */
  readonly width?: number;
  readonly layers?: number;
  readonly heads?: number;
  /** Transformer only, instead of a shape: the model folder that policies begin as, and what it holds. */
  readonly checkpoint?: {
    readonly path: string;
    readonly hash: string;
    /** As `FolderDigest` has them; absent in folders that an older version wrote. */
    readonly files?: Digests;
  };
}

/**
 * Low-rank adapters (Hu et al. 2021, arXiv:2106.09685): all that trains beside a head. The names are those of
 * PEFT.
 */
export interface LoraSpec {
  /** r. */
  readonly rank: number;
  /** What an adapter adds is scaled by alpha / r, or with `rslora` by alpha / sqrt(r). */
  readonly alpha: number;
  /** Names of modules, or how they end (`q_proj`, `attn.c_proj`); or all that are linear but the output. */
  readonly targets: 'all-linear' | readonly string[];
  readonly rslora: boolean;
}

/** How a run is evaluated. */
export interface EvaluationSpec {
  /** Evaluate on validation prompts every this many steps (0: only at start and end). */
  readonly every: number;
  /** Validation prompts used by each evaluation. */
  readonly prompts: number;
  /** Test prompts of the final evaluation and samples drawn for each. */
  readonly testPrompts: number;
  readonly samplesPerPrompt: number;
  /**
   * Only what may choose is read: validation prompts, rewards of stages and KL; neither gold reward nor judge
   * nor test prompts. How runs are measured that tune; absent: false.
   */
  readonly blind?: true;
}

/**
 * Labels of pairs by a reward. `drawn`: from its own Bradley-Terry model, P(a beats b) = sigma(r_a - r_b) in
 * its raw units; `argmax`: the one that it scores higher; `soft`: that probability itself, over which a loss
 * takes its expectation.
 */
export interface Relabel {
  /** A stage that gives a reward. */
  readonly by: string;
  readonly how: 'drawn' | 'argmax' | 'soft';
}

/** Where a run is stopped; null: nowhere. */
export interface BudgetSpec {
  readonly maxSteps: number | null;
  readonly maxSeconds: number | null;
  /**
   * Part of its own schedule that a run goes through, in (0, 1]: its data and its learning-rate schedule are
   * that much shorter, so that it is a short run and not a cut one. Absent: 1.
   */
  readonly share?: number;
}

/** What a stage's plugin says of itself that a report must know, without loading it. */
export interface StageFacts {
  /** Null for one that gives a reward. */
  readonly learnsFrom: 'pairs' | 'own-samples' | 'nothing' | null;
  /** Parameter -> what it is to a comparison. */
  readonly roles: Readonly<
    Record<
      string,
      | { readonly kind: 'strength'; readonly holdsBack: 'larger' | 'smaller' }
      | { readonly kind: 'learning-rate' }
    >
  >;
  /**
   * Parameters that the file does not give, whose default is that for a checkpoint of so many `parameters`;
   * absent where there are none, and in folders that an older version wrote.
   */
  readonly filled?: {
    readonly parameters: number;
    readonly values: Readonly<Record<string, number>>;
  };
}

/** plan.json: written before the first run. */
export interface PlanRow extends Sealed {
  readonly storeVersion: number;
  /** Of the resolved experiment. */
  readonly hash: string;
  /** What was asked for: the file as it was read, and what the command line changed. */
  readonly source: {
    readonly name: string;
    readonly fileHash: string;
    readonly overrides: readonly string[];
  };
  readonly tiltyard: { readonly version: string; readonly commit: string | null };
  /** Hash of data.json, as `sealOf` makes it; absent without, and in folders that an older version wrote. */
  readonly data?: string;
  /** Files of the user's that changed after the runs were planned, and were accepted as they are. */
  readonly accepted?: readonly { readonly file: string; readonly what: string }[];
  /** Files that changed after their run had ended, while others of the folder were still worked on. */
  readonly tampered?: readonly { readonly file: string; readonly what: string }[];
  readonly runs: readonly RunSpec[];
  /** By stage; absent in folders that an older version wrote. */
  readonly stages?: Readonly<Record<string, StageFacts>>;
  /** Folder that holds `runs/`, from this one; absent: this one. Members of a suite share theirs. */
  readonly store?: string;
}

/** What `collect.pairs: all` stands for: as many as the data brings. */
export const ALL_PAIRS = 1_000_000_000;

/** The world's corpus, the chosen side of the pairs, or prompts and both sides of the pairs. */
export type Completions = 'corpus' | 'chosen' | 'texts';

/** How many pairs `collect` takes where an experiment file does not say. */
export const COLLECTED = { pairs: 2000, heldoutPairs: 256 } as const;

/** A control's label is that of the run it repeats, and this. */
export const CONTROL_SUFFIX = ' (A/A)';

/** What others have to know of a plugin without running its code. */
export interface PluginSays {
  readonly needs: readonly string[];
  readonly gives: 'policy' | 'reward';
  /** Whether it chooses its answers itself, rather than its policy. */
  readonly samples: boolean;
  /** A command trains it, outside; absent: it does so itself. */
  readonly external?: true;
}

/** run.json: all that a worker needs, the same file for every launcher. */
export interface RunSpec {
  readonly storeVersion: number;
  /** `<stage>-s<seed>-<8 hex of the hash of everything below>`. */
  readonly id: string;
  /**
   * `measure`: what every run of a start is measured against, once; `draw`: completions of a start that
   * samplers choose among, once; `score`: what a reward that labels pairs anew gives them, once.
   */
  readonly kind: 'train' | 'collect' | 'measure' | 'draw' | 'score';
  /** The stage's id in the experiment file; variants of a sweep share it. */
  readonly stage: string;
  /** Stage plus the swept values, e.g. `mine[beta=0.1]`; equal across seeds. The report groups by it. */
  readonly label: string;
  /**
   * Shared stages serve others and are shown apart from the compared algorithms; a control is a compared run
   * once more with other randomness (A/A).
   */
  readonly role: 'shared' | 'compared' | 'control';
  readonly seed: number;
  /**
   * 0, or 1 for a control: splits the run's own randomness (batches, rollouts, heads; a sampler's draws), not
   * its data, start weights or evaluation.
   */
  readonly replica: number;
  /** Null for runs that train nothing. `module`: a bare built-in name, a package name or an absolute path. */
  readonly algorithm: {
    readonly name: string;
    readonly module: string;
    readonly params: Readonly<Record<string, unknown>>;
    /** Of its code, where that is not built in; absent in folders that an older version wrote. */
    readonly code?: Digests;
    /** What it says of itself, where it is not built in; absent in folders that an older version wrote. */
    readonly says?: PluginSays;
  } | null;
  readonly dataset: {
    readonly name: string;
    readonly module: string;
    readonly params: Readonly<Record<string, unknown>>;
    readonly baseDir: string;
    /** Of its code, where that is not built in; absent in folders that an older version wrote. */
    readonly code?: Digests;
    /** Absent for worlds, and in folders that an older version wrote. No part of the id. */
    readonly given?: GivenData;
  };
  readonly policy: PolicySpec;
  /** Adapters that it trains on the weights that it starts from; absent: it trains the weights. */
  readonly lora?: LoraSpec;
  /**
   * Ids of runs whose output this one reads. `start`: the policy that it starts from, which is its reference
   * too; `pairs`: a collect run; `reward`: a run that gave a reward; `proxy`: a reward that only evaluations
   * score with (configurations are chosen by it), never the plugin; `judge`: a reward whose score stands for
   * gold where the data has none, for evaluations only as well; `chooser`: a reward that configurations are
   * chosen by because nothing trains against it, for evaluations only too; `relabel`: a reward that labels
   * the pairs anew before the plugin sees them; `measured`: a measure run of its start; `drawn`: a draw run
   * of its start, by its reward; `scored`: a score run of its pairs, by the reward that labels them. Absent
   * where the run does that work itself.
   */
  readonly inputs: {
    readonly start: string | null;
    readonly pairs: string | null;
    readonly reward: string | null;
    readonly proxy: string | null;
    readonly judge?: string;
    readonly chooser?: string;
    readonly relabel?: string;
    readonly measured?: string;
    readonly drawn?: string;
    readonly scored?: string;
  };
  /** The classifier that its reward model begins as; absent: the start's body with a fresh head. */
  readonly checkpoint?: NonNullable<PolicySpec['checkpoint']>;
  /** Which of the collected pairs it learns from; absent: the training ones. */
  readonly pairs?: 'heldout';
  /** Whose share of the held-out prompts it learns from, where a judge and a chooser both do; absent: all. */
  readonly heldoutPart?: 'judge' | 'chooser';
  /** How `inputs.relabel` labels the pairs; absent: they keep the data's labels. */
  readonly relabel?: Relabel['how'];
  /** What `completions` mean to this run. */
  readonly completions: Completions;
  readonly collect: {
    readonly pairs: number;
    readonly heldoutPairs: number;
    readonly temperature: number;
    readonly labels: { readonly temperature: number; readonly noise: number; readonly labelsPerPair: number };
  } | null;
  /** Completions of each prompt that a draw run makes; absent in others. */
  readonly draws?: number;
  readonly engine: {
    readonly name: 'auto' | 'onnxruntime' | 'tensorflow' | 'reference';
    readonly device: string | null;
    readonly threads: number;
    /** What operands of matrix products are rounded to; absent: float32. */
    readonly precision?: 'float32' | 'tf32' | 'bfloat16';
    /** Rows of a training batch that networks take at once; absent: all. */
    readonly microBatchRows?: number;
  };
  readonly evaluation: EvaluationSpec;
  readonly budget: BudgetSpec;
  /** What it is given by a scheduler; absent: what that gives by itself. No part of the id. */
  readonly resources?: Resources;
  /** Checkpoint every this many steps (0: never). */
  readonly checkpointEvery: number;
}
