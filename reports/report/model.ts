import type { Figure } from '../../harness/stats/interval.js';
import type { EnvironmentInfo, EvalRow, KlEstimates } from '../../harness/store/records.js';

export const REPORT_VERSION = 3;

/** A figure, or null with the reason why there is none. */
export type Missing = { readonly reason: string };

export interface StageCost {
  readonly stage: string;
  readonly flops: Figure | null;
  readonly seconds: Figure | null;
}

export interface AlgorithmRow {
  /** Label of the variant: stage id plus swept values. */
  readonly name: string;
  /** Its stage: the configurations of a sweep are one family, and families are what is matched. */
  readonly family: string;
  readonly algorithm: string;
  readonly params: Readonly<Record<string, unknown>>;
  readonly runs: number;
  readonly completed: number;
  readonly device: string;
  readonly goldReward: Figure | null;
  /** Paired by seed, prompt and decoding randomness. */
  readonly goldDifference: Figure | null;
  /** `lengthControlled`: against the start, read at equal length (Dubois et al. 2024, arXiv:2404.04475). */
  readonly winRate: { readonly vsReference: Figure | null; readonly vsChosen: Figure | null; readonly lengthControlled: Figure | null };
  /**
   * Over seeds' scores: a seed's gain over its start, divided by the gain of the best compared mean over seeds, so that 0 is the
   * start and 1 the best (Agarwal et al. 2021, arXiv:2108.13264). One unit for all seeds: a seed in which nobody gains would
   * otherwise divide by nothing. Null where nobody gained.
   * `improvement`: P(a random seed of this one beats a random seed of the start).
   */
  readonly aggregate: { readonly interquartileMean: Figure | null; readonly improvement: Figure | null; readonly optimalityGap: Figure | null };
  readonly kl: { readonly sequence: Figure | null; readonly estimator: string | null };
  readonly proxyReward: Figure | null;
  readonly proxyDifference: Figure | null;
  readonly length: Figure | null;
  /** Sums over every completion, where they can be listed: expected gold reward, and the share of the frontier's gain at the policy's own KL, and the reward lost against it. */
  readonly exact: { readonly goldReward: Figure | null; readonly frontierEfficiency: Figure | null; readonly regret: Figure | null };
  readonly compute: {
    /** The run and the reward it trained against; evaluation excluded, shared stages excluded. */
    readonly flops: Figure | null;
    readonly seconds: Figure | null;
    readonly peakMemoryBytes: Figure | null;
    readonly tokensTrained: Figure | null;
    readonly tokensGenerated: Figure | null;
    readonly modelCopies: number | null;
    readonly stages: readonly StageCost[];
  };
  /** Why a figure above is null. */
  readonly missing: readonly string[];
}

export interface HeadToHead {
  readonly a: string;
  readonly b: string;
  readonly winRate: Figure | null;
  readonly softWinRate: Figure | null;
  readonly goldDifference: Figure | null;
  /** Holm-adjusted p-value of "no difference in gold reward", over all head-to-heads. */
  readonly adjustedP: number | null;
}

/** The configurations of one stage, tuned and untuned. */
export interface FamilyRow {
  readonly name: string;
  readonly algorithm: string;
  readonly device: string;
  /** Labels of its configurations. */
  readonly variants: readonly string[];
  /**
   * What tuning by proxy gives: each seed takes the configuration whose last evaluation on validation prompts has the highest
   * proxy reward, and its figures on test prompts are reported (the only configuration needs no choice). Null, with the reason in `missing`, where there is no proxy.
   */
  readonly tuned: { readonly choices: readonly { readonly seed: number; readonly variant: string }[]; readonly goldReward: Figure | null; readonly goldDifference: Figure | null; readonly winRate: Figure | null; readonly kl: Figure | null } | null;
  /** Expected result of tuning over k of the configurations drawn at random, k = 1 .. all, exact over all subsets. */
  readonly bestOf: readonly { readonly k: number; readonly goldReward: Figure }[];
  /** Training of every configuration, rewards included. */
  readonly tuningFlops: Figure | null;
  /**
   * Gold reward and win rate against the start at rising KL, over the range that every seed reaches: at each KL the
   * configuration with the highest proxy there (the only one, where there is one; the lowest cost where there is no proxy).
   */
  readonly frontier: readonly { readonly kl: number; readonly goldReward: Figure; readonly winRate: Figure | null; readonly proxyReward: Figure | null }[];
  /** Mean gain over the start along sqrt(KL) from 0 to `kl` (the common range of all families). */
  readonly area: { readonly kl: number; readonly gain: Figure } | null;
  /** Share of this family's evaluations below another family's frontier at the same KL. */
  readonly dominated: Figure | null;
  readonly missing: readonly string[];
}

/** Does the difference lie within the margin, 0.02 of the normalised scale (`AlgorithmRow.aggregate`)? Two one-sided tests (Schuirmann 1987). */
export interface Match {
  readonly margin: number;
  readonly p: number;
  readonly equivalent: boolean;
}

/** Two families at equal KL from the start, read off their frontiers seed by seed; nothing is extrapolated. */
export interface MatchedComparison {
  readonly a: string;
  readonly b: string;
  /** KL where they are compared, nats per sequence: the most that both reach in every seed they share. */
  readonly kl: number;
  /** Gold reward and win rate against the start of a minus b at that KL, paired by seed. */
  readonly goldDifference: Figure | null;
  readonly winRateDifference: Figure | null;
  /** Mean of the gold difference over the common range, weighted by sqrt(KL) (Gao et al. 2023, arXiv:2210.10760). */
  readonly areaDifference: Figure | null;
  readonly match: Match | null;
  /** Holm-adjusted p-value of "no difference there", over all such comparisons. */
  readonly adjustedP: number | null;
  /** Along the common range. */
  readonly curve: readonly { readonly kl: number; readonly goldDifference: Figure }[];
}

/** Two families at equal training cost, rewards charged; past its end an algorithm keeps what it had. */
export interface ComputeComparison {
  readonly a: string;
  readonly b: string;
  /** Holm-adjusted p-value of "no difference at the whole cost of the cheaper one", over all such comparisons. */
  readonly adjustedP: number | null;
  /** One entry per budget, rising; the difference is a minus b. */
  readonly budgets: readonly { readonly flops: number; readonly goldDifference: Figure }[];
  /** At the whole cost of the cheaper one, in each seed its own: in FLOPs, and in seconds at that of the quicker one. */
  readonly atCheaper: { readonly flops: number; readonly seconds: number; readonly cheaper: string; readonly goldDifference: Figure; readonly winRateDifference: Figure | null; readonly goldDifferenceAtSeconds: Figure; readonly winRateDifferenceAtSeconds: Figure | null } | null;
  /**
   * Budget from which the dearer one is ahead in the mean for good, as a multiple of the cheaper one's whole cost; null: not within
   * `upTo` times. The interval is a bootstrap over seeds, its upper end null where more than 2.5 % of draws never cross.
   */
  readonly crossover: { readonly dearer: string; readonly multiple: number | null; readonly ci: readonly [number, number | null] | null; readonly upTo: number };
}

/**
 * Bradley-Terry strengths over all head-to-heads, the start at 0 (Elo = 400 log10(e) theta); intervals by bootstrap over seeds.
 * Where somebody won or lost everything, which has no finite strength, each pair won whole counts half a win for the loser.
 */
export interface RankRow {
  readonly rank: number;
  readonly name: string;
  readonly theta: Figure;
}

/** An algorithm against itself with other randomness: what the verdicts say when nothing is there. */
export interface ControlReport {
  readonly pairs: readonly { readonly name: string; readonly goldDifference: Figure | null; readonly alarm: boolean }[];
  /** Share of alarms when, in every seed, which of the two is called first is turned at random: all ways, or 512 of them. */
  readonly falseAlarms: { readonly rate: number; readonly ci: readonly [number, number]; readonly n: number } | null;
  readonly reason: string | null;
}

/** How much it would take to resolve 2 points of win rate with 80 % power at the 5 % level. */
export interface PowerReport {
  readonly delta: number;
  readonly seeds: number | null;
  readonly prompts: number | null;
  /** Median over head-to-heads: the deviation of paired per-seed win rates, and the correlation of two policies' outcomes on a prompt. */
  readonly deviation: number | null;
  readonly correlation: number | null;
}

/** Share of seeds whose normalised score exceeds each threshold, with bootstrap bands (Agarwal et al. 2021). */
export interface ProfileRow {
  readonly name: string;
  readonly thresholds: readonly number[];
  readonly share: readonly number[];
  readonly lo: readonly number[];
  readonly hi: readonly number[];
}

export interface CurvePoint {
  readonly name: string;
  readonly step: number;
  readonly goldReward: number | null;
  readonly proxyReward: number | null;
  readonly winRate: number | null;
  readonly kl: number | null;
  /** Completion tokens. */
  readonly length: number | null;
  /** 95 % interval of the gold reward over seeds. */
  readonly goldCi: readonly [number, number] | null;
  readonly flops: number;
  readonly seconds: number;
  readonly seeds: number;
}

export interface SampleSet {
  readonly prompt: string;
  readonly completions: readonly { readonly name: string; readonly text: string; readonly gold: number | null }[];
}

/** report.json. Everything in it is computed from stored rows. */
export interface Report {
  readonly schemaVersion: number;
  readonly name: string;
  readonly description: string;
  readonly experimentHash: string;
  readonly seeds: readonly number[];
  readonly dataset: { readonly name: string; readonly params: Readonly<Record<string, unknown>> };
  readonly policy: Readonly<Record<string, unknown>>;
  readonly environment: (EnvironmentInfo & { readonly engine: string; readonly device: string; readonly engineReason: string; readonly parameters: number }) | null;
  readonly verdicts: readonly string[];
  readonly reference: { readonly name: string; readonly goldReward: Figure | null; readonly proxyReward: Figure | null; readonly length: Figure | null } | null;
  /** Where the data has no gold reward: the reward model whose score stands for it, and how often it ranks pairs it has not learned from as labelled. */
  readonly judge: { readonly name: string; readonly accuracy: Figure | null } | null;
  readonly chosen: { readonly goldReward: Figure | null } | null;
  readonly algorithms: readonly AlgorithmRow[];
  readonly headToHead: readonly HeadToHead[];
  readonly families: readonly FamilyRow[];
  /** Every pair of families, validation prompts, along training and over configurations. */
  readonly matchedKl: readonly MatchedComparison[];
  readonly matchedCompute: readonly ComputeComparison[];
  readonly ranking: readonly RankRow[];
  readonly control: ControlReport;
  readonly power: PowerReport;
  readonly profiles: readonly ProfileRow[];
  readonly curves: readonly CurvePoint[];
  readonly rewardModels: readonly { readonly name: string; readonly runs: number; readonly figures: Readonly<Record<string, Figure>> }[];
  readonly sharedStages: readonly (StageCost & { readonly runs: number })[];
  readonly samples: readonly SampleSet[];
  readonly failures: readonly { readonly run: string; readonly label: string; readonly seed: number; readonly outcome: string; readonly cause: string }[];
  /** Where the runs depart from what was planned and hashed before the first of them. */
  readonly deviations: readonly string[];
  readonly notes: readonly string[];
}

/** Whether completions came from something drawn on top of the policy, such as the best of several: it has no density of its own to measure. */
export const ofSampler = ({ kl }: EvalRow): boolean => kl.raoBlackwell === null;

/** The sequence KL a report shows: exact where it can be had, then a sampler's own, then Rao-Blackwellised. */
export function preferredKl(kl: KlEstimates): { readonly mean: number; readonly name: string } | null {
  if (kl.exact !== null) return { mean: kl.exact.mean, name: 'exact' };
  if (kl.sampler !== null) return { mean: kl.sampler.mean, name: kl.sampler.name };
  if (kl.raoBlackwell !== null) return { mean: kl.raoBlackwell.mean, name: 'Rao-Blackwellised' };
  return null;
}
