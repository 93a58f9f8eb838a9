import { wins } from '../harness/metrics/win-rate.js';
import { expandedTail, percentiles } from '../harness/stats/bootstrap.js';
import { bradleyTerry } from '../harness/stats/bradley-terry.js';
import { fastIndex, rngFromData } from '../harness/stats/data-rng.js';
import { mean } from '../harness/stats/moments.js';
import type { Entry } from './entries.js';
import { pairedSeeds } from './head-to-head.js';
import type { RankRow } from './model.js';

/** Draws of the bootstrap: each fits the model anew. */
const DRAWS = 400;

/**
 * Bradley-Terry strengths over all head-to-heads, the start among them and at 0 (ranking many policies by pairwise results needs no
 * order of games, as Elo does). Half a win is added to either side of every pair, which keeps strengths finite where one never lost.
 * Over the seeds in which all have samples.
 */
export function ranking(start: Entry | null, entries: readonly Entry[]): RankRow[] {
  if (start === null) return [];
  const all = [start, ...entries];
  const rates = new Map<number, number[][]>();
  const counts = new Map<number, number>();
  for (const [i, a] of all.entries()) {
    for (const [j, b] of all.entries()) {
      if (j <= i) continue;
      for (const s of pairedSeeds(a, b)) {
        const won = mean(wins(s.a, s.b));
        const matrix = rates.get(s.seed) ?? all.map(() => all.map(() => Number.NaN));
        matrix[i]![j] = won;
        matrix[j]![i] = 1 - won;
        rates.set(s.seed, matrix);
        counts.set(s.seed, s.a.length);
      }
    }
  }
  const whole = [...rates].filter(([, m]) => m.every((row, i) => row.every((r, j) => i === j || !Number.isNaN(r))));
  if (whole.length === 0 || entries.length === 0) return [];
  const seeds = whole.map(([seed, matrix]) => ({ matrix, n: counts.get(seed)! }));
  const fit = (drawn: readonly (typeof seeds)[number][]): number[] => bradleyTerry(all.map((_, i) => all.map((_, j) => (i === j ? 0 : drawn.reduce((sum, s) => sum + s.n * s.matrix[i]![j]!, 0.5)))));
  const theta = fit(seeds);
  const n = seeds.length;
  const rng = rngFromData(seeds.map((s) => Float64Array.from(s.matrix.flat())), 'ranking');
  const drawn = n < 2 ? [] : Array.from({ length: DRAWS }, () => fit(seeds.map(() => seeds[fastIndex(rng, n)]!)));
  return entries
    .map(({ name }, i) => ({ name, theta: { mean: theta[i + 1]!, ci: n < 2 ? null : percentiles(Float64Array.from(drawn, (d) => d[i + 1]!), expandedTail(0.95, n)), n } }))
    .sort((a, b) => b.theta.mean - a.theta.mean)
    .map((row, i) => ({ rank: i + 1, ...row }));
}
