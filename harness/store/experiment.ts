import type {
  BudgetSpec,
  Completions,
  EvaluationSpec,
  LoraSpec,
  PolicySpec,
  Relabel,
  Resources,
  RunSpec,
} from './spec.js';

/**
 * What a stage's configurations differ in: values of parameters, all combined, or the configurations
 * listed.
 */
export type Sweep =
  | Readonly<Record<string, readonly unknown[]>>
  | readonly Readonly<Record<string, unknown>>[];

/** A stage with its defaults filled. */
export interface Stage {
  readonly algorithm: string;
  readonly start: string | null;
  readonly reward: string | null;
  /** Of a stage that gives a reward: the folder that its reward model begins as, from the experiment file. */
  readonly checkpoint?: string;
  readonly completions: Completions;
  /** Absent: train. */
  readonly pairs?: 'train' | 'heldout';
  /** Absent: the pairs keep the data's labels. */
  readonly relabel?: Relabel;
  readonly role?: 'shared' | 'compared';
  readonly params: Readonly<Record<string, unknown>>;
  readonly sweep: Sweep;
  /** Each configuration once more, with other randomness (A/A). */
  readonly control: boolean;
  readonly evaluation?: Partial<EvaluationSpec>;
  readonly budget?: Partial<BudgetSpec>;
  /** In the place of the experiment's, one by one. */
  readonly resources?: Resources;
}

/**
 * A language model behind an OpenAI-compatible server that is asked, once the runs have ended, which of two
 * answers is the better one. It neither chooses nor trains, and its verdicts are no gold reward.
 */
export interface LlmJudge {
  /** What reports call it, and what its verdicts are stored under. */
  readonly name: string;
  /** Base of the server, to which `/chat/completions` is added. */
  readonly url: string;
  readonly model: string;
  /** Environment variable that holds the key; null: it takes none. */
  readonly keyFrom: string | null;
  /** What it is to judge by: the text itself. */
  readonly rubric: string;
  /** The configuration of each family that tuning chose, or every one. */
  readonly policies: 'chosen' | 'all';
  /** Test prompts of each seed. */
  readonly prompts: number;
  /** Held-out pairs with the data's labels that it is asked about, over all seeds. */
  readonly labelledPairs: number;
  /** Whether its server is asked to hold it to the form of a verdict. */
  readonly form: 'schema' | 'plain';
  /** Tokens of one answer. */
  readonly maxAnswerTokens: number;
  /** Calls under way at a time. */
  readonly concurrency: number;
  /** From the first byte sent to the last one received. */
  readonly timeoutSeconds: number;
  /** Calls after the first, of one question that got no answer. */
  readonly retries: number;
  /** All calls and all tokens that may be spent on it in this folder; null: no limit. */
  readonly maxCalls: number | null;
  readonly maxTokens: number | null;
}

/** The experiment as resolved: defaults filled, seeds listed. What experiment.json holds. */
export interface Experiment {
  readonly name: string;
  readonly description: string;
  readonly seeds: readonly number[];
  readonly dataset: { readonly name: string; readonly params: Readonly<Record<string, unknown>> };
  /** A fresh transformer's shape, or `checkpoint`: a model folder from the experiment file. */
  readonly policy: Omit<PolicySpec, 'checkpoint'> & {
    readonly checkpoint?: string;
    /** Of stages that start from trained weights. */
    readonly lora?: LoraSpec;
  };
  readonly collect: (NonNullable<RunSpec['collect']> & { readonly from: string | null }) | null;
  readonly stages: Readonly<Record<string, Stage>>;
  /**
   * `proxy`: the stage whose reward scores compared runs that have none of their own. `judge`: the stage
   * whose reward stands for a gold reward.
   */
  readonly evaluation: EvaluationSpec & {
    readonly proxy: string | null;
    readonly judge: string | null;
    /** Language models that judge once the runs have ended; absent: none. No part of a run. */
    readonly judges?: readonly LlmJudge[];
  };
  readonly tuning: {
    readonly equal: boolean;
    /** What chooses each stage's configuration; absent in folders that an older version wrote: proxy. */
    readonly by?: TuningRule;
    /** The stage whose reward chooses where `by` is chooser, and scores in any case; null or absent: none. */
    readonly chooser?: string | null;
  };
  /** Absent in folders that an older version wrote: `DEFAULT_COMPARISON`. */
  readonly comparison?: Comparison;
  /** Absent in folders that an older version wrote: no rungs. */
  readonly ladder?: Ladder;
  readonly budget: BudgetSpec;
  /** Absent: what a scheduler gives by itself. */
  readonly resources?: Resources;
  readonly checkpointEvery: number;
  readonly engine: RunSpec['engine'];
}

/**
 * What chooses among configurations, on validation prompts: a reward that no algorithm trains against, fitted
 * on held-out pairs; the reward of training; or how well held-out pairs are ranked.
 */
export type TuningRule = 'chooser' | 'proxy' | 'pairs';

/** How policies are compared. */
export interface Comparison {
  /** KL budgets at which they are read, nats per sequence, rising. */
  readonly budgets: readonly number[];
  /** The primary figure is the mean over budgets from 0 to this, nats; null: to the largest both reach. */
  readonly maxKl: number | null;
  /** What counts as a match: this share of the best family's gain over the start. */
  readonly margin: number;
}

/** What an experiment that says nothing compares by. */
export const DEFAULT_COMPARISON: Comparison = { budgets: [0.5, 1, 2, 4, 8], maxKl: null, margin: 0.05 };

/**
 * Rungs from offline learning to RL, in their order, each one step from the one before: labels drawn from the
 * learned reward, completions of the policy's own, the reward itself in the loss, its exact optimum.
 */
export const RUNGS = ['offline', 'relabelled', 'on-policy', 'rl', 'optimum'] as const;
/** One of them. */
export type Rung = (typeof RUNGS)[number];
/** Rung -> the stage that stands on it; rungs may be missing. */
export type Ladder = Readonly<Partial<Record<Rung, string>>>;
