import { figureOverSeeds } from '../harness/stats/interval.js';
import type { Group } from './loaded.js';
import { type CurvePoint, preferredKl } from './model.js';

/** A label's validation curve, averaged over the seeds that reached each step. */
export function curve({ name, loaded }: Group): CurvePoint[] {
  const points = loaded.flatMap(({ evals }) => {
    const validation = evals.filter((e) => e.split === 'validation');
    return validation.length > 0 ? validation : evals;
  });
  const steps = [...new Set(points.map((p) => p.step))].sort((a, b) => a - b);
  return steps.map((step) => {
    const here = points.filter((p) => p.step === step);
    const average = (of: (p: (typeof here)[number]) => number | undefined): number | null => {
      const known = here.map(of).filter((v): v is number => v !== undefined);
      return known.length === 0 ? null : known.reduce((a, b) => a + b, 0) / known.length;
    };
    return {
      name,
      step,
      goldReward: average((p) => p.goldReward?.mean),
      proxyReward: average((p) => p.proxyReward?.mean),
      winRate: average((p) => p.winRate?.mean),
      kl: average((p) => preferredKl(p.kl)?.mean),
      length: average((p) => p.length.mean),
      goldCi: figureOverSeeds(here.flatMap((p) => (p.goldReward === null ? [] : [[p.goldReward.mean]])))?.ci ?? null,
      flops: average((p) => p.flops) ?? 0,
      seconds: average((p) => p.clock.trainSeconds) ?? 0,
      seeds: here.length,
    };
  });
}
