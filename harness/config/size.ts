import { TiltyardError } from '../errors.js';
import type { Experiment, Sweep } from '../store/experiment.js';

/** Runs that an experiment may have; what plans more is a slip of the hand. */
export const MAX_RUNS = 20_000;
/** Letters of a name: folders bear it, a stage's with what is swept. */
export const MAX_NAME = 64;
export const MAX_STAGES = 500;

/**
 * Before runs are laid out one by one.
 * @param stages in an order in which each comes after those it builds on
 * @throws TiltyardError where there would be more than MAX_RUNS
 */
export function checkSize(experiment: Experiment, stages: readonly string[], source: string): void {
  const variants = new Map<string | null, number>([[null, 1]]);
  let perSeed = 0;
  for (const name of stages) {
    const stage = experiment.stages[name];
    if (stage === undefined) continue; // what collects pairs
    const own = choices(stage.sweep) * (variants.get(stage.start) ?? 1) * (variants.get(stage.reward) ?? 1);
    variants.set(name, own);
    perSeed += own;
  }
  const runs = perSeed * experiment.seeds.length;
  if (runs <= MAX_RUNS) return;
  const counts = `${experiment.seeds.length} seeds x ${perSeed} configurations`;
  throw new TiltyardError(
    'too-many-runs',
    `${source}: plans ${runs} runs (${counts}), and ${MAX_RUNS} is the most; use fewer seeds or swept values`,
  );
}

function choices(sweep: Sweep): number {
  if (Array.isArray(sweep)) return sweep.length;
  return Object.values(sweep as Record<string, readonly unknown[]>).reduce(
    (n, values) => n * values.length,
    1,
  );
}
