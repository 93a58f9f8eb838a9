import { sigmoid } from '../../../harness/metrics/closed-forms.js';
import type { Rng } from '../../../harness/rng.js';
import { Adam } from '../adam.js';

const HIDDEN = 16;
const STEPS = 4000;

/**
 * Scores of arms by a small tanh network over their features, trained with Adam on the population logistic
 * loss -sum_ij wins[i][j] log sigma(beta (s_i - s_j)), float64.
 * @param features [K, F] one row per arm
 * @param wins [K, K] how often arm i beats arm j
 * @returns s [K]
 */
export function mlpScores(
  features: readonly (readonly number[])[],
  wins: readonly (readonly number[])[],
  beta: number,
  rng: Rng,
): number[] {
  const width = features[0]!.length;
  const total = wins.reduce((sum, row) => sum + row.reduce((a, b) => a + b, 0), 0);
  // The weights in one vector: inner [HIDDEN, width] from 0, biases [HIDDEN], outer [HIDDEN].
  const [bias, outer] = [HIDDEN * width, HIDDEN * (width + 1)];
  const weights = Array.from({ length: HIDDEN * (width + 2) }, (_, i) => {
    if (i < bias) return rng.normal() / Math.sqrt(width);
    return i < outer ? 0 : rng.normal() / Math.sqrt(HIDDEN);
  });
  const hidden = (x: readonly number[]): number[] =>
    Array.from({ length: HIDDEN }, (_, h) =>
      Math.tanh(x.reduce((sum, feature, i) => sum + feature * weights[h * width + i]!, weights[bias + h]!)),
    );
  const score = (active: readonly number[]): number =>
    active.reduce((sum, unit, h) => sum + unit * weights[outer + h]!, 0);
  const optimizer = new Adam(weights);
  for (let step = 0; step < STEPS; step++) {
    const active = features.map(hidden);
    const s = active.map(score);
    const gradient = new Array<number>(weights.length).fill(0);
    const slopes = s.map((si, i) =>
      s.reduce((sum, sj, j) => {
        const [won, lost] = [wins[i]![j]!, wins[j]![i]!];
        return sum - (beta * (won * sigmoid(-beta * (si - sj)) - lost * sigmoid(-beta * (sj - si)))) / total;
      }, 0),
    );
    active.forEach((units, arm) => {
      for (let h = 0; h < HIDDEN; h++) {
        gradient[outer + h]! += slopes[arm]! * units[h]!;
        const inner = slopes[arm]! * weights[outer + h]! * (1 - units[h]! ** 2);
        gradient[bias + h]! += inner;
        for (let i = 0; i < width; i++) gradient[h * width + i]! += inner * features[arm]![i]!;
      }
    });
    optimizer.update(gradient);
  }
  return features.map((x) => score(hidden(x)));
}
