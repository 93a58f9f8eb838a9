import type { MatchedComparison } from './matched.js';
import type { Figure } from '../harness/stats/interval.js';
import type { EnvironmentInfo, KlEstimates } from '../harness/store/records.js';

export const REPORT_VERSION = 1;

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
  readonly algorithm: string;
  readonly params: Readonly<Record<string, unknown>>;
  readonly runs: number;
  readonly completed: number;
  readonly device: string;
  readonly goldReward: Figure | null;
  /** Paired by seed, prompt and decoding randomness. */
  readonly goldDifference: Figure | null;
  readonly winRate: { readonly vsReference: Figure | null; readonly vsChosen: Figure | null };
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
}

export interface CurvePoint {
  readonly name: string;
  readonly step: number;
  readonly goldReward: number | null;
  readonly proxyReward: number | null;
  readonly kl: number | null;
  readonly flops: number;
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
  readonly chosen: { readonly goldReward: Figure | null } | null;
  readonly algorithms: readonly AlgorithmRow[];
  readonly headToHead: readonly HeadToHead[];
  /** Pairs of trained algorithms at equal KL from the start, along training on validation prompts. */
  readonly matchedKl: readonly MatchedComparison[];
  readonly curves: readonly CurvePoint[];
  readonly rewardModels: readonly { readonly name: string; readonly runs: number; readonly figures: Readonly<Record<string, Figure>> }[];
  readonly sharedStages: readonly (StageCost & { readonly runs: number })[];
  readonly samples: readonly SampleSet[];
  readonly failures: readonly { readonly run: string; readonly label: string; readonly seed: number; readonly outcome: string; readonly cause: string }[];
  readonly notes: readonly string[];
}

/** The sequence KL a report shows: exact where it can be had, then a sampler's own, then Rao-Blackwellised. */
export function preferredKl(kl: KlEstimates): { readonly mean: number; readonly name: string } | null {
  if (kl.exact !== null) return { mean: kl.exact.mean, name: 'exact' };
  if (kl.sampler !== null) return { mean: kl.sampler.mean, name: kl.sampler.name };
  if (kl.raoBlackwell !== null) return { mean: kl.raoBlackwell.mean, name: 'Rao-Blackwellised' };
  return null;
}
