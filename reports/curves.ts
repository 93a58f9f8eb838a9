import type { EvalRow } from '../harness/store/records.js';
import { type Group, type Loaded, perSeed } from './gather.js';
import { type CurvePoint, preferredKl } from './model.js';

/** A run's evaluations along training; one that is not trained in steps has only its final one, on test prompts. */
export function along({ evals }: Loaded): readonly EvalRow[] {
  const validation = evals.filter((e) => e.split === 'validation');
  return validation.length > 0 ? validation : evals;
}

/** Evaluations averaged over the seeds that reached each step. */
export function curve({ name, loaded }: Group): CurvePoint[] {
  const byStep = new Map<number, EvalRow[]>();
  for (const row of loaded.flatMap(along)) byStep.set(row.step, [...(byStep.get(row.step) ?? []), row]);
  const average = (values: readonly (number | undefined)[]): number | null => {
    const known = values.filter((v): v is number => v !== undefined);
    return known.length === 0 ? null : known.reduce((a, b) => a + b, 0) / known.length;
  };
  return [...byStep]
    .sort(([a], [b]) => a - b)
    .map(([step, here]) => ({
      name,
      step,
      goldReward: average(here.map((p) => p.goldReward?.mean)),
      proxyReward: average(here.map((p) => p.proxyReward?.mean)),
      winRate: average(here.map((p) => p.winRate?.mean)),
      kl: average(here.map((p) => preferredKl(p.kl)?.mean)),
      length: average(here.map((p) => p.length.mean)),
      goldCi: perSeed(here.map((p) => p.goldReward?.mean))?.ci ?? null,
      flops: average(here.map((p) => p.flops)) ?? 0,
      seconds: average(here.map((p) => p.clock.trainSeconds)) ?? 0,
      seeds: here.length,
    }));
}
