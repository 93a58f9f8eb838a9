import { trainingFlops } from '../../harness/metrics/training-cost.js';
import { readJsonl } from '../../harness/store/jsonl.js';
import { runPaths } from '../../harness/store/layout.js';
import type { StoredRun } from '../../harness/store/read.js';
import type { EvalRow, OutcomeRow } from '../../harness/store/records.js';
import type { RunSpec } from '../../harness/store/spec.js';
import { meanFrontier } from './unit.js';

/** A run that ended well. */
export interface Result {
  readonly spec: RunSpec;
  readonly outcome: OutcomeRow;
  readonly dir: string;
  /** Its evaluations on validation prompts, in the order of training. */
  readonly curve: readonly EvalRow[];
  /** Its last evaluation on test prompts; a reward model has none. */
  readonly end: EvalRow | null;
}

/** A run that was evaluated on test prompts. */
export interface Final extends Result {
  readonly end: EvalRow;
}

/** The runs of one member and one pipeline seed. */
export interface Seed {
  readonly seed: number;
  /** In the order of the plan; none where one of the stage's runs failed or is not finished. */
  of(stage: string): readonly Result[];
  readonly byId: ReadonlyMap<string, Result>;
  /** Gold reward of the start on test prompts, exact where completions can be listed. */
  readonly start: number;
  /** What normalised gold counts as 1, above the start: what the exact frontier gains, mean over budgets. */
  readonly unit: number;
}

export const goldOf = (row: EvalRow): number => row.exact?.goldReward ?? row.goldReward?.mean ?? Number.NaN;
export const klOf = (row: EvalRow): number =>
  (row.kl.exact ?? row.kl.raoBlackwell ?? row.kl.sampler)?.mean ?? Number.NaN;
export const proxyOf = (row: EvalRow): number => row.proxyReward?.mean ?? Number.NaN;
/** By the reward that chooses. */
export const chooserOf = (row: EvalRow): number => row.chooserReward?.mean ?? Number.NaN;
export const param = (result: Result, name: string): unknown => result.spec.algorithm!.params[name];
export const numberOf = (result: Result, name: string): number => param(result, name) as number;

/** Gold reward on test prompts where the start is 0 and the seed's unit is 1. */
export const normalisedGold = (seed: Seed, { end }: Final): number => (goldOf(end) - seed.start) / seed.unit;

/** The runs of a stage that were evaluated on test prompts. */
export const finals = (seed: Seed, stage: string): Final[] =>
  seed.of(stage).filter((run): run is Final => run.end !== null);

/** The stage that every policy of a suite starts from. */
export const START = 'base';

/** A member's seeds; those without a start, or where nothing gained on it, have nothing to say. */
export function seedsOf(runs: readonly StoredRun[]): Seed[] {
  const seeds = [...new Set(runs.map(({ spec }) => spec.seed))];
  return seeds.flatMap((seed) => {
    const mine = runs.filter(({ spec }) => spec.seed === seed);
    return seedOf(seed, mine) ?? [];
  });
}

const endedWell = ({ outcome }: StoredRun): boolean =>
  outcome?.outcome === 'completed' || outcome?.outcome === 'budget-spent';

function read({ spec, outcome, dir }: StoredRun): Result {
  const evals = spec.kind === 'train' ? readJsonl<EvalRow>(runPaths(dir).evals) : [];
  return {
    spec,
    outcome: outcome!,
    dir,
    curve: evals.filter((row) => row.split === 'validation'),
    end: evals.findLast((row) => row.split === 'test') ?? null,
  };
}

function seedOf(seed: number, runs: readonly StoredRun[]): Seed | null {
  const lost = new Set(runs.filter((run) => !endedWell(run)).map(({ spec }) => spec.stage));
  const results = runs.filter(endedWell).map(read);
  const of = (stage: string): Result[] =>
    lost.has(stage) ? [] : results.filter(({ spec }) => spec.stage === stage);
  const first = of(START)[0];
  if (first?.end == null) return null;
  const start = goldOf(first.end);
  const compared = results.filter(
    (run): run is Final =>
      run.end !== null && run.spec.role === 'compared' && run.spec.inputs.start === first.spec.id,
  );
  const unit = meanFrontier(
    compared.map(({ end }) => ({
      kl: klOf(end),
      gain: goldOf(end) - start + (end.exact?.regret ?? 0),
    })),
  );
  if (!(unit > 0)) return null;
  return { seed, of, byId: new Map(results.map((run) => [run.spec.id, run])), start, unit };
}

/** The same pipeline seed in several members; seeds that one of them lacks are left out. */
export function together(members: readonly (readonly Seed[])[]): Seed[][] {
  return (members[0] ?? []).flatMap(({ seed }) => {
    const row = members.map((seeds) => seeds.find((other) => other.seed === seed));
    return row.every((found) => found !== undefined) ? [row] : [];
  });
}

/** One number for each seed; seeds about which a claim has nothing to say are left out. */
export const measured = <T>(seeds: readonly T[], measure: (seed: T) => number | null): number[] =>
  seeds.flatMap((seed) => {
    const value = measure(seed);
    return value !== null && Number.isFinite(value) ? [value] : [];
  });

/** The reward that a run trained against. */
export const rewardOf = (seed: Seed, result: Result): Result | undefined =>
  result.spec.inputs.reward === null ? undefined : seed.byId.get(result.spec.inputs.reward);

/** FLOPs of what a run used besides its start: the reward that it trained against, and what chose it. */
export function costOf(seed: Seed, run: Result): number {
  const { reward, chooser } = run.spec.inputs;
  const used = [reward, chooser].flatMap((id) => (id == null ? [] : (seed.byId.get(id) ?? [])));
  return [run, ...used].reduce((sum, { outcome }) => sum + trainingFlops(outcome.ledger), 0);
}
