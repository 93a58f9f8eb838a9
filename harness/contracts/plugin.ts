import type { Rng } from '../rng.js';
import type { TokenPrompt } from './batches.js';
import type { RunContext, StepRecord } from './context.js';
import type { External } from './external.js';
import type { ParamsSchema } from './params.js';

/** The version of the interface below. A plugin written for another is refused with what to change. */
export const PLUGIN_API = 2;

/** What a plugin may ask for. The harness supplies exactly these; touching anything else throws. */
export type Need = 'pairs' | 'unpaired' | 'prompts' | 'completions' | 'reference' | 'reward';

/**
 * Where what a policy learns comes from, which is what a report compares beyond algorithms: given data
 * (offline), completions that the policy draws as it trains and a reward scores (RL), or nothing, because the
 * work is done at each answer (best of n).
 */
export type LearnsFrom = 'pairs' | 'own-samples' | 'nothing';

/** What `sample` returns: completions chosen without training weights, one per prompt. */
export interface SamplerResult {
  readonly completions: readonly (readonly number[])[];
  /** Whether each ended by itself, before the length bound. */
  readonly finished: readonly boolean[];
  /** Per-sample estimate of log pi(y|x)/pi_ref(y|x)'s expectation, in nats, with the estimator's name. */
  readonly kl?: { readonly name: string; readonly perSample: readonly number[] };
}

/**
 * A promise about what leaves training as it is; under `params`, where given, otherwise under the defaults.
 */
export interface Invariant {
  /**
   * `reward-shift`: adding one number to every reward changes nothing; `reward-monotone`: nor does any
   * increasing change; `pair-order`: the order of pairs within a batch does not matter.
   */
  readonly kind: 'reward-shift' | 'reward-monotone' | 'pair-order';
  readonly params?: Readonly<Record<string, unknown>>;
}

/** What a plugin states about itself. The harness and the conformance suite hold it to each. */
export interface PluginChecks<P extends object = Record<string, unknown>> {
  /**
   * Metrics of the first step that are known beforehand because the policy still equals the reference, e.g. a
   * loss of log 2. The harness checks them in every run: dropout, another precision or a wrong reference
   * would break them.
   */
  atStart?(params: Readonly<P>): Readonly<Record<string, number>>;
  readonly invariants?: readonly Invariant[];
  /**
   * Where training ends on two arms of which one wins 8 of 10 pairs, with parameters that converge there:
   * the log-ratio gap of a policy, log π/π_ref of the winner less that of the other (nats), or the gap of a
   * reward (in its raw units). The reference prefers the winner by .5 nats: its probability is σ(.5) = .6225.
   * A plugin that needs a reward gets one that gives the winner 1 and the other 0.
   */
  readonly twoArms?: { readonly params: Readonly<Record<string, unknown>>; readonly gap: number };
  /**
   * Losses of a published trainer that this plugin computes, by their names in a golden folder, with the
   * parameters under which they are this one. Held to their values by `tiltyard verify DIR`.
   */
  readonly golden?: readonly { readonly name: string; readonly params: Readonly<Record<string, unknown>> }[];
}

/** An algorithm: what it needs, what it gives, its parameters, and one generator that trains. */
export interface AlgorithmPlugin<P extends object = Record<string, unknown>> {
  readonly api: typeof PLUGIN_API;
  readonly name: string;
  readonly summary: string;
  readonly paper: { readonly url: string; readonly equations: readonly string[] };
  readonly needs: readonly Need[];
  readonly gives: 'policy' | 'reward';
  /** Absent: it follows from `needs`, see `learnsFrom`. */
  readonly learnsFrom?: LearnsFrom;
  /**
   * Where pairs come with `chances`, its loss is the expectation over both orders. Absent: it takes labels as
   * certain, and an experiment that gives it soft ones is refused.
   */
  readonly softLabels?: true;
  readonly params: ParamsSchema<P>;
  readonly checks?: PluginChecks<P>;
  /** Where a command trains it in place of `train`: `defineExternal` makes such a plugin. */
  readonly external?: External<P>;
  /**
   * Yields one record per optimiser step. Between yields the harness logs, evaluates, checkpoints, or stops.
   */
  train(ctx: RunContext, params: Readonly<P>): AsyncGenerator<StepRecord, void>;
  /**
   * How the result is sampled, where it is not `ctx.policy` itself. One completion per prompt. What it
   * computes is charged to it.
   */
  sample?(
    ctx: RunContext,
    params: Readonly<P>,
    prompts: readonly TokenPrompt[],
    rng: Rng,
  ): Promise<SamplerResult>;
  /**
   * How many completions of a prompt `sample` asks `ctx.draws` for. Runs of one start and reward that say so
   * share them: they are drawn once, and each is charged for as many as it takes.
   */
  draws?(params: Readonly<P>): number;
  /**
   * The policy that `sample` draws from, where a dataset lists every completion of a prompt and the starting
   * policy is not changed by training: the probability of each from its probability under the start and its
   * reward. KL and gold reward are then exact.
   * @param reference sums to 1
   * @param rewards of `ctx.reward`
   */
  probabilities?(
    params: Readonly<P>,
    reference: readonly number[],
    rewards: readonly number[],
  ): readonly number[];
}

/**
 * What a plugin's policy learns from: as it says, else its own samples where it needs prompts, given data
 * where it needs pairs, judged completions (`unpaired`) or completions, otherwise nothing.
 */
export function learnsFrom({
  learnsFrom: said,
  needs,
}: Pick<AlgorithmPlugin, 'learnsFrom' | 'needs'>): LearnsFrom {
  if (said !== undefined) return said;
  if (needs.includes('prompts')) return 'own-samples';
  const ofData: readonly Need[] = ['pairs', 'unpaired', 'completions'];
  return needs.some((need) => ofData.includes(need)) ? 'pairs' : 'nothing';
}

/**
 * Types a plugin: its parameters follow from `parameters({ ... })`, or are named by hand beside a plain JSON
 * schema, `definePlugin<MyParams>({ ... })`. It checks nothing else: loading does.
 */
export function definePlugin<P extends object>(plugin: AlgorithmPlugin<P>): AlgorithmPlugin<P> {
  return plugin;
}
