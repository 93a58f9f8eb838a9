import type { EvalRow } from '../../harness/store/records.js';
import { mean } from '../../harness/stats/moments.js';
import { type Gathered, type Group, type Loaded, perSeed } from './gather.js';
import type { CurvePoint } from '../report/background.js';
import { ofSampler, preferredKl } from '../report/kl.js';

/**
 * A run's evaluations while it trained, on validation prompts; where there are no such prompts its final one,
 * on test prompts.
 */
export function evaluationsOf({ evals }: Loaded): readonly EvalRow[] {
  const validation = evals.filter((e) => e.split === 'validation');
  return validation.length > 0 ? validation : evals;
}

/** The start itself, measured before the first step. */
export const isStart = (row: EvalRow): boolean =>
  row.step === 0 && row.split === 'validation' && !ofSampler(row);

/**
 * Gold reward of a run's start on the prompts of `evaluationsOf` it; null where it was not measured on them.
 */
export function startGold(entry: Loaded, startOf: Gathered['startOf']): number | null {
  const first = evaluationsOf(entry)[0];
  if (first === undefined || isStart(first)) return first?.goldReward?.mean ?? null;
  const start = startOf(entry);
  if (first.split === 'test') return start?.samples?.gold == null ? null : mean(start.samples.gold);
  const same = start?.evals.findLast((e) => e.split === 'validation')?.goldReward;
  return same != null && same.n === first.goldReward?.n ? same.mean : null;
}

/** Evaluations averaged over the seeds that reached each step. */
export function curve({ name, loaded }: Group): CurvePoint[] {
  const byStep = new Map<number, EvalRow[]>();
  for (const row of loaded.flatMap(evaluationsOf)) {
    byStep.set(row.step, [...(byStep.get(row.step) ?? []), row]);
  }
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
