import { type Candidate, meanMixture, type Mixture, mixtureWithin } from '../../harness/metrics/budget.js';
import { gridOf } from '../../harness/stats/piecewise.js';
import { chooserOf, type Final, finals, goldOf, klOf, type Seed, START } from './runs.js';
import { MOST_KL } from './unit.js';

/**
 * The policies of a family in one seed, the start first (METHOD.md, *The value of a family at a KL budget*):
 * as validation prompts saw them, where a reward chooses that nothing trains against, and the runs, which
 * test prompts report. Of the start, null.
 */
export interface Pool {
  readonly candidates: readonly Candidate[];
  readonly runs: readonly (Final | null)[];
}

/** A family: configurations of a stage, all or some of them. Null where one of them is missing. */
export function pool(seed: Seed, stage: string, belongs: (run: Final) => boolean = () => true): Pool | null {
  const runs = finals(seed, stage).filter(belongs);
  const score = startScore(seed);
  if (runs.length === 0 || score === null) return null;
  const candidates = runs.map(({ curve }): Candidate => {
    const last = curve.at(-1)!;
    return { kl: klOf(last), score: chooserOf(last) };
  });
  return { candidates: [{ kl: 0, score }, ...candidates], runs: [null, ...runs] };
}

/** The union of families: all their configurations. Null where one of them is missing. */
export function union(seed: Seed, stages: readonly string[]): Pool | null {
  const pools = stages.map((stage) => pool(seed, stage));
  if (!pools.every((found) => found !== null)) return null;
  const [first, ...others] = pools;
  return {
    candidates: [...first!.candidates, ...others.flatMap(({ candidates }) => candidates.slice(1))],
    runs: [...first!.runs, ...others.flatMap(({ runs }) => runs.slice(1))],
  };
}

/** What the start scores on validation prompts, as measured before the first step of a run that begins so. */
function startScore(seed: Seed): number | null {
  const start = seed.of(START)[0]!.spec.id;
  for (const { spec, curve } of seed.byId.values()) {
    const first = curve[0];
    if (spec.inputs.start !== start || first === undefined) continue;
    if (first.step === 0 && first.kl.sampler === null && first.chooserReward !== undefined)
      return first.chooserReward.mean;
  }
  return null;
}

/** What is read of each policy; linear in the weights of a mixture. @param run null: the start */
export type Reading = (run: Final | null) => number;

/** Normalised gold reward on test prompts. */
export const normalised =
  (seed: Seed): Reading =>
  (run) =>
    run === null ? 0 : (goldOf(run.end) - seed.start) / seed.unit;

const readAt = (mixture: Mixture, { runs }: Pool, read: Reading): number =>
  [...mixture].reduce((sum, [i, weight]) => sum + weight * read(runs[i]!), 0);

/** Mean over budgets from 0 to `MOST_KL` of what is read of the mixture that the chooser picks at each. */
export const overBudgets = (of: Pool, read: Reading): number =>
  readAt(meanMixture(of.candidates, MOST_KL), of, read);

/**
 * How far one family is ahead of another at equal KL: normalised gold, mean over budgets. Null where one of
 * them is missing.
 */
export const lead = (seed: Seed, a: string, b: string): number | null => leadOf(seed, [a], [b]);

/** The same of unions. */
export function leadOf(seed: Seed, a: readonly string[], b: readonly string[]): number | null {
  const [mine, others] = [union(seed, a), union(seed, b)];
  if (mine === null || others === null) return null;
  return overBudgets(mine, normalised(seed)) - overBudgets(others, normalised(seed));
}

/** Budgets at which a family is drawn. */
const DRAWN = 13;

/** A family's value along budgets, for a figure. */
export function along(seed: Seed, stage: string): { x: number; y: number }[] {
  const found = pool(seed, stage);
  if (found === null) return [];
  return gridOf([0, MOST_KL], DRAWN).map((x) => ({
    x,
    y: readAt(mixtureWithin(found.candidates, x)!, found, normalised(seed)),
  }));
}

/** Of several runs that differ in what is not claimed about, the one that the chooser prefers. */
export const chosen = (runs: readonly Final[]): Final | undefined =>
  runs.reduce<Final | undefined>(
    (best, run) =>
      best === undefined || chooserOf(run.curve.at(-1)!) > chooserOf(best.curve.at(-1)!) ? run : best,
    undefined,
  );

/** How a statistic at equal KL is described. */
export const EQUAL_KL =
  `normalised gold of the best mixtures (chosen on validation by a reward that nothing trains against), ` +
  `mean over KL budgets to ${MOST_KL} nats; 1 is the exact frontier's mean gain`;
export const BUDGET_AXIS = 'KL budget, nats';
export const GOLD_AXIS = 'normalised gold reward';
