import { groupAdvantages, groupStatistics } from '../shared/groups.js';

/**
 * Advantages over the completions of one prompt
 *
 *   none   A_i = r_i − mean(r)                     Liu et al. 2025, https://arxiv.org/abs/2503.20783
 *   group  A_i = (r_i − mean(r)) / (std(r) + ε)    Shao et al. 2024, https://arxiv.org/abs/2402.03300
 *
 * mean(r) includes r_i, so that the expected gradient is (1 − 1/R) times that of E[r] at `none`: beside a KL
 * weighted by β it counts as if β were β R/(R−1).
 * @param scores one a row, [R G]
 * @param groups G
 * @returns [R G]
 */
export function grpoAdvantages(
  scores: readonly number[],
  groups: number,
  scaleRewards: 'none' | 'group',
): Float64Array {
  if (scaleRewards === 'group') return groupAdvantages(scores, groups);
  const { mean } = groupStatistics(scores, groups);
  return Float64Array.from(scores, (r, i) => r - mean[i % groups]!);
}
