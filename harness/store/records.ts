/**
 * The rows of the store. They are the only channel between stages (ARCHITECTURE.md), so this file is the
 * contract between the worker that writes and the report that reads; spec.ts holds what is planned. Rewards
 * are in the world's units, KL in nats per sequence, `...Ms` in milliseconds, sizes in bytes. Missing data is
 * `null`, never 0. Everything that depends on the clock or the machine sits under a key named `clock`; the
 * rest is byte-identical for equal seeds on the CPU. layout.ts names the files:
 *
 * OUT/
 *   experiment.json            the resolved experiment (defaults filled)
 *   plan.json                  PlanRow: what was asked for, and the runs in topological order
 *   runs/<id>/run.json         RunSpec
 *            /steps.jsonl      StepRow per optimiser step
 *            /evals.jsonl      EvalRow per evaluation during training
 *            /samples.jsonl    SampleRow: the final evaluation on test prompts, sample by sample
 *            /pairs.jsonl      collect runs: PairRow, train split;  heldout.jsonl: PairRow, heldout split
 *            /measured.json    measure runs: MeasuredRow;  draws.jsonl: draw runs: DrawsRow a stream
 *            /golds.jsonl      draw runs: DrawGoldsRow a stream, where there is a gold reward
 *            /model/           final weights: config.json, model.safetensors, tokenizer.json
 *            /ckpt-000100/     resumable checkpoint (manifest.json written last)
 *            /output.txt       the end of what the run printed, where it printed anything
 *            /external.json    ExternalRow: the job of a trainer outside, its command, and its ledger
 *            /files.json       FilesRow: digests of all that the run left, its outcome included
 *            /outcome.json     OutcomeRow, written last: its absence means unfinished
 *   verdicts.jsonl             VerdictRow (verdicts.ts) per question to a judge; appended, never changed
 *   verdicts.seal.json         VerdictsSeal: what a pass of judging left there
 *   report.{html,md,json,csv}  with their digests in report.files.json
 *   confined/<id>/             while a run is worked on whose plugin is not built in: what it has, and says
 *   external/<id>/             while a trainer outside works on a run: what it is given, and leaves
 *   slurm/                     of runs that are a cluster's jobs: waves of them, and which job has which run
 *   lock.json                  while a process works on the folder: which one
 *
 * A suite has suite.json, runs/ for all its members, <member>/ with experiment.json, plan.json and report.*
 * for each, and the rows decided from them in rows.jsonl.
 */

/** A mean over prompts, each the mean of its samples. */
export interface Estimate {
  readonly mean: number;
  /** Standard error of the mean over prompts; null for n < 2 or where exact. */
  readonly se: number | null;
  readonly n: number;
}

/** A line of steps.jsonl: one optimiser step. */
export interface StepRow {
  readonly step: number;
  /** Metric names follow TRL (CONTRIBUTING.md). Finite numbers only. */
  readonly metrics: Readonly<Record<string, number>>;
  readonly clock: { readonly atMs: number; readonly stepMs: number };
}

/** Sequence-level KL(policy || reference) in nats. `exact` where the completions can be enumerated. */
export interface KlEstimates {
  readonly exact: Estimate | null;
  readonly raoBlackwell: Estimate | null;
  readonly k1: Estimate | null;
  /** An estimator a sampler brought along (best of several), with its name. */
  readonly sampler: (Estimate & { readonly name: string }) | null;
  /**
   * How the KL of a prompt varies: 95 of 100 prompts have no more than `p95`, and the standard deviation over
   * prompts. Exact where listed; else each prompt's Rao-Blackwell mean over its samples, whose own noise is
   * in both, so that they are comparable at equal numbers of samples. Absent without either.
   */
  readonly tail?: { readonly p95: number; readonly sd: number };
}

/** A point of a frontier, means over prompts: no policy has more gold reward at that KL, nats. */
export interface GoldPoint {
  readonly kl: number;
  readonly goldReward: number;
}

/** A line of evals.jsonl: one evaluation. */
export interface EvalRow {
  readonly step: number;
  readonly split: 'validation' | 'test';
  /** By the dataset's gold reward, or by the run's judge; null where there is neither. */
  readonly goldReward: Estimate | null;
  /** Mean score by the reward that this run trained against, else by its proxy; null without either. */
  readonly proxyReward: Estimate | null;
  /** Mean score by the reward that chooses among configurations; absent without one. */
  readonly chooserReward?: Estimate;
  /**
   * How often a sample of the policy has a higher gold reward than one of the start, drawn independently of
   * it: of each prompt all pairs of samples, ties half. Null without gold.
   */
  readonly winRate: Estimate | null;
  readonly kl: KlEstimates;
  /**
   * Where every completion can be listed, prompt by prompt: expected gold reward; the share of the frontier's
   * gain at the policy's own KL; and the regret, the gold reward lost against the best policy at that KL
   * (which is beta KL(pi || optimum) for the beta whose optimum has it).
   */
  readonly exact: {
    readonly goldReward: number;
    readonly frontierEfficiency: number | null;
    readonly regret: number;
    /**
     * Of a shared policy on test prompts, from which others may start: the frontier from *it*, by rising mean
     * KL. The first point is the policy itself. Absent elsewhere, and in older folders.
     */
    readonly frontier?: readonly GoldPoint[];
  } | null;
  /** Completion tokens, end token included. */
  readonly length: Estimate;
  readonly finishedShare: number;
  /** -log pi of the samples, nats per sequence: the policy's entropy. Absent for samplers. */
  readonly entropy?: Estimate;
  /**
   * Distinct token n-grams over all n-grams of the completions of this evaluation, n = 1 and 2: comparable at
   * equal numbers of samples. Absent where completions have none.
   */
  readonly distinct1?: number;
  readonly distinct2?: number;
  /** Training cost so far, from the ledger. */
  readonly flops: number;
  readonly clock: { readonly atMs: number; readonly trainSeconds: number };
}

/** A line of samples.jsonl: one completion of the final evaluation. */
export interface SampleRow {
  readonly promptId: string;
  readonly prompt: string;
  readonly sample: number;
  readonly completion: string;
  readonly tokens: number;
  readonly finished: boolean;
  readonly gold: number | null;
  readonly proxy: number | null;
  /** Score by the reward that chooses among configurations; absent without one. */
  readonly chooser?: number;
  /** log pi(y|x) and log pi_ref(y|x), nats, temperature 1; samplers have no density: `logp` is null. */
  readonly logp: number | null;
  readonly refLogp: number | null;
  /** Sum over steps of the exact per-token KL on this sample's prefix; null without a density. */
  readonly klRaoBlackwell: number | null;
}

/** A line of pairs.jsonl or heldout.jsonl: one collected pair. */
export interface PairRow {
  readonly id: string;
  readonly prompt: string;
  readonly chosen: string;
  readonly rejected: string;
  readonly margin: number | null;
  /** Both completions end their turn themselves: no end token is added. */
  readonly closed?: true;
  /** For the report only; plugins never see these. */
  readonly goldChosen: number | null;
  readonly goldRejected: number | null;
}

/** How a run ended. */
export type Outcome = 'completed' | 'failed' | 'diverged' | 'timed-out' | 'budget-spent' | 'interrupted';
/** Outcomes that `resume` does not run again. */
export const FINAL_OUTCOMES = [
  'completed',
  'failed',
  'diverged',
  'timed-out',
  'budget-spent',
] as const satisfies readonly Outcome[];

/**
 * What a run cost. Of work that the runs of a start share (log-probabilities of pairs under the reference,
 * draws that samplers choose among) each is charged the operations as if it had done it itself, so that all
 * compare on equal terms, whoever comes first; the run that did it books it as evaluation.
 */
export interface Ledger {
  /** Floating-point operations from the traced graphs, by phase. `eval` is not charged to the algorithm. */
  readonly flops: Readonly<Record<Phase, number>>;
  /**
   * What the hardware computed beside these, on padding and once more where batches go in parts, by phase;
   * absent in stores of older versions.
   */
  readonly paddingFlops?: Readonly<Record<Phase, number>>;
  readonly tokensTrained: number;
  readonly tokensGenerated: number;
  /**
   * Distinct model copies held at once (policy, reference, reward, value); reports have trainable ones in
   * brackets.
   */
  readonly modelCopies: number;
  readonly trainableCopies: number;
}
/** What a cost is booked on. */
export type Phase = 'rollout' | 'score' | 'forward' | 'update' | 'eval';
export const PHASES = ['rollout', 'score', 'forward', 'update', 'eval'] as const satisfies readonly Phase[];

/** The machine and the versions that a run was made with. */
export interface EnvironmentInfo {
  readonly cpuModel: string;
  readonly cores: number;
  readonly memoryBytes: number;
  readonly platform: string;
  readonly nodeVersion: string;
  readonly tiltyardVersion: string;
  readonly gitCommit: string | null;
  readonly versions: Readonly<Record<string, string>>;
}

/**
 * The card that a run was on, and what nvidia-smi said of it meanwhile, asked outside the run's process: all
 * of the card, whoever used it. Null is what it did not say.
 */
export interface CardUse {
  /** As `NVIDIA H200`. */
  readonly model: string;
  readonly uuid: string;
  readonly driver: string;
  readonly memoryBytes: number;
  /** Most memory in use, and what was in use before, by what earlier runs of its process left. */
  readonly peakMemoryBytes: number | null;
  readonly memoryBeforeBytes: number | null;
  /** Of the board: its power, added up over the seconds that samples cover. */
  readonly energyJoules: number | null;
  readonly sampledSeconds: number;
  /** Mean clock of its multiprocessors while they worked, and the most that it may have. */
  readonly clockMhz: number | null;
  readonly maxClockMhz: number | null;
  /** Share of the samples in which something held its clocks back, by what did. */
  readonly heldBack: Readonly<Record<string, number>>;
}

/** outcome.json: how a run ended, and what it cost. */
export interface OutcomeRow {
  readonly outcome: Outcome;
  /** What went wrong: message chain, plugin, phase, step. Null where completed. */
  readonly cause: {
    readonly code: string;
    readonly message: string;
    readonly plugin: string | null;
    readonly phase: string;
    readonly step: number;
  } | null;
  readonly steps: number;
  /**
   * SHA-256 of the start weights and of the final ones (of a policy or reward), hex; null where there are
   * none.
   */
  readonly startHash: string | null;
  readonly modelHash: string | null;
  readonly parameters: number;
  /** SHA-256 of the file that a measure or a draw run leaves for others, hex; absent for other runs. */
  readonly sharedHash?: string;
  readonly ledger: Ledger;
  /** Engine and device that ran, e.g. onnxruntime / cpu, and why. */
  readonly engine: {
    readonly name: string;
    readonly device: string;
    readonly reason: string;
    /** What operands of matrix products were rounded to; absent: float32. */
    readonly precision?: string;
  };
  /**
   * Of a run whose plugin is not built in: whether the figures that its process reported last are those of
   * its model, drawn from once more by another process. `differs`: they were not, and are replaced; `unheld`:
   * nothing could be held to them, for the reason given. Absent where nothing was evaluated.
   */
  readonly audit?: { readonly verdict: 'held' | 'differs' | 'unheld'; readonly why: string };
  /**
   * Of a run whose plugin is not built in: whether Node's permissions kept its process from what it was not
   * given. False: this Node could not.
   */
  readonly confined?: boolean;
  /**
   * Of a run that a trainer outside worked on: whether its operations were counted, or follow by formula from
   * the tokens that it said it read (`formulaFlops`).
   */
  readonly external?: { readonly flops: 'counted' | 'formula' };
  /** Numbers a plugin reports once at the end (e.g. held-out accuracy of a reward model). */
  readonly summary: Readonly<Record<string, number>>;
  readonly clock: {
    readonly startedAt: string;
    readonly wallSeconds: number;
    readonly seconds: Readonly<Record<Phase, number>>;
    /** Most resident memory of its process while it worked on this run. */
    readonly peakRssBytes: number;
    /** Absent where it was on none, or nvidia-smi named none. */
    readonly card?: CardUse;
    /** What a trainer outside said of its own; absent where there was none. */
    readonly trainer?: {
      readonly versions: Readonly<Record<string, string>>;
      readonly peakMemoryBytes: number | null;
      readonly peakDeviceMemoryBytes: number | null;
      /** The step after which it went on; null where it worked without a break. */
      readonly resumedAfter: number | null;
    };
    /** Whether other runs shared the cores. */
    readonly concurrent: boolean;
    readonly environment: EnvironmentInfo;
  };
}
