import { readJsonl } from '../../harness/store/jsonl.js';
import { runPaths } from '../../harness/store/layout.js';
import type { StoredRun } from '../../harness/store/read.js';
import type { EvalRow, OutcomeRow, RunSpec } from '../../harness/store/records.js';

/** A run that ended well: its evaluations on validation prompts along training, and the last one on test prompts (none for a reward). */
export interface Result {
  readonly spec: RunSpec;
  readonly outcome: OutcomeRow;
  readonly dir: string;
  readonly along: readonly EvalRow[];
  readonly end: EvalRow | null;
}

/** The runs of one member and one pipeline seed. */
export interface Seed {
  readonly seed: number;
  /** In the order of the plan. */
  of(stage: string): readonly Result[];
  readonly byId: ReadonlyMap<string, Result>;
  /** Gold reward of the start on test prompts, exact where completions can be listed. */
  readonly start: number;
  /**
   * What normalised gold counts as 1, above the start: the largest gain within reach of any run of this seed, which is the exact
   * frontier's at the run's KL where it is known, and the run's own elsewhere.
   */
  readonly unit: number;
}

export const goldOf = (row: EvalRow): number => row.exact?.goldReward ?? row.goldReward?.mean ?? Number.NaN;
export const klOf = (row: EvalRow): number => row.kl.exact?.mean ?? row.kl.raoBlackwell?.mean ?? Number.NaN;
export const param = (result: Result, name: string): number => result.spec.algorithm!.params[name] as number;

/** The stage that every policy of a suite starts from. */
export const START = 'sft';

/** A member's seeds; those without a start, or where nothing gained on it, have nothing to say. */
export function seedsOf(runs: readonly StoredRun[]): Seed[] {
  const results = runs.flatMap(({ spec, outcome, dir }): Result[] => {
    if (outcome === null || (outcome.outcome !== 'completed' && outcome.outcome !== 'budget-spent')) return [];
    const evals = spec.kind === 'train' ? readJsonl<EvalRow>(runPaths(dir).evals) : [];
    return [{ spec, outcome, dir, along: evals.filter((e) => e.split === 'validation'), end: evals.findLast((e) => e.split === 'test') ?? null }];
  });
  return [...new Set(results.map((r) => r.spec.seed))].flatMap((seed): Seed[] => {
    const mine = results.filter((r) => r.spec.seed === seed);
    const of = (stage: string): Result[] => mine.filter((r) => r.spec.stage === stage);
    const start = of(START)[0]?.end;
    if (start == null) return [];
    const gains = mine.flatMap(({ spec, end }) => (end === null || spec.role !== 'compared' ? [] : [goldOf(end) - goldOf(start) + (end.exact?.regret ?? 0)]));
    const unit = Math.max(...gains);
    return unit > 0 ? [{ seed, of, byId: new Map(mine.map((r) => [r.spec.id, r])), start: goldOf(start), unit }] : [];
  });
}

/** The reward that a run trained against. */
export const rewardOf = (seed: Seed, result: Result): Result | undefined => (result.spec.inputs.reward === null ? undefined : seed.byId.get(result.spec.inputs.reward));

/** The PPO run of a seed whose reward model was fitted with this penalty. */
export const ppoOnPenalty = (lambda: number) => (seed: Seed): Result | undefined => [...seed.of('ppo'), ...seed.of('ppo-penalised')].find((run) => rewardOf(seed, run)?.spec.algorithm!.params['penalty'] === lambda);
