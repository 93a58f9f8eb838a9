import type { Rng } from '../../../harness/rng.js';
import { sigmoid } from '../../../harness/metrics/frontier.js';

const HIDDEN = 16;
const STEPS = 4000;

/**
 * Scores of arms by a small tanh network over their features, trained with Adam on the population logistic loss
 * -sum_ij wins[i][j] log sigma(beta (s_i - s_j)), float64. @returns s [K]
 */
export function mlpScores(features: readonly (readonly number[])[], wins: readonly (readonly number[])[], beta: number, rng: Rng): number[] {
  const n = features[0]!.length;
  const total = wins.reduce((sum, row) => sum + row.reduce((a, b) => a + b, 0), 0);
  // One vector: W [HIDDEN, n], b [HIDDEN], v [HIDDEN].
  const size = HIDDEN * (n + 2);
  const w = Array.from({ length: size }, (_, i) => (i < HIDDEN * n ? rng.normal() / Math.sqrt(n) : i < HIDDEN * (n + 1) ? 0 : rng.normal() / Math.sqrt(HIDDEN)));
  const hidden = (x: readonly number[]): number[] => Array.from({ length: HIDDEN }, (_, h) => Math.tanh(x.reduce((sum, v, i) => sum + v * w[h * n + i]!, w[HIDDEN * n + h]!)));
  const score = (a: readonly number[]): number => a.reduce((sum, v, h) => sum + v * w[HIDDEN * (n + 1) + h]!, 0);
  const m = new Array<number>(size).fill(0);
  const v = new Array<number>(size).fill(0);
  for (let step = 1; step <= STEPS; step++) {
    const active = features.map(hidden);
    const s = active.map(score);
    const ds = s.map((si, i) => s.reduce((sum, sj, j) => sum - (beta * (wins[i]![j]! * sigmoid(-beta * (si - sj)) - wins[j]![i]! * sigmoid(-beta * (sj - si)))) / total, 0));
    const g = new Array<number>(size).fill(0);
    active.forEach((a, k) => {
      for (let h = 0; h < HIDDEN; h++) {
        g[HIDDEN * (n + 1) + h]! += ds[k]! * a[h]!;
        const da = ds[k]! * w[HIDDEN * (n + 1) + h]! * (1 - a[h]! ** 2);
        g[HIDDEN * n + h]! += da;
        for (let i = 0; i < n; i++) g[h * n + i]! += da * features[k]![i]!;
      }
    });
    for (let i = 0; i < size; i++) {
      m[i] = 0.9 * m[i]! + 0.1 * g[i]!;
      v[i] = 0.999 * v[i]! + 0.001 * g[i]! ** 2;
      w[i]! -= (0.01 * (m[i]! / (1 - 0.9 ** step))) / (Math.sqrt(v[i]! / (1 - 0.999 ** step)) + 1e-8);
    }
  }
  return features.map((x) => score(hidden(x)));
}
