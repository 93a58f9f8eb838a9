import { TiltyardError } from '../../harness/index.js';

/**
 * Statistics of R completions of each of G prompts. Row r * G + g is completion r of prompt g, as
 * `ctx.generate` lays out `completionsPerPrompt`.
 */
export interface GroupStatistics {
  /** Mean of each group: [G]. */
  readonly mean: Float64Array;
  /** Standard deviation of each group, unbiased (R − 1), as in TRL: [G]; 0 for a group of one. */
  readonly std: Float64Array;
}

/**
 * Mean and standard deviation of each group.
 * @param values one a row, [R G]
 * @param groups G
 * @throws TiltyardError where the rows are not as many for each group
 */
export function groupStatistics(values: ArrayLike<number>, groups: number): GroupStatistics {
  const size = sizeOf(values, groups, 1);
  const mean = new Float64Array(groups);
  const std = new Float64Array(groups);
  for (let i = 0; i < values.length; i++) mean[i % groups]! += values[i]! / size;
  for (let i = 0; i < values.length; i++) std[i % groups]! += (values[i]! - mean[i % groups]!) ** 2;
  return { mean, std: std.map((squares) => (size > 1 ? Math.sqrt(squares / (size - 1)) : 0)) };
}

/**
 * Advantages relative to the group, Shao et al. 2024, section 4.1.2, https://arxiv.org/abs/2402.03300
 *
 *   A_i = (r_i − mean(r)) / (std(r) + ε),      over the completions of one prompt
 *
 * Departure: ε, as in TRL; the paper has none, and a group of equal rewards would divide by 0.
 * @param scores one a row, [R G]
 * @param groups G
 * @returns [R G]
 */
export function groupAdvantages(scores: ArrayLike<number>, groups: number, epsilon = 1e-4): Float64Array {
  const { mean, std } = groupStatistics(scores, groups);
  return Float64Array.from(scores, (r, i) => (r - mean[i % groups]!) / (std[i % groups]! + epsilon));
}

/**
 * Advantages over the other completions of the same prompt (RLOO), Ahmadian et al. 2024,
 * https://arxiv.org/abs/2402.14740
 *
 *   A_i = r_i − 1/(R−1) Σ_{j≠i} r_j = R/(R−1) (r_i − mean(r))
 *
 * @param scores one a row, [R G] with R at least 2
 * @param groups G
 * @returns [R G]
 * @throws TiltyardError where a prompt has one completion alone: there are no others
 */
export function leaveOneOutAdvantages(scores: ArrayLike<number>, groups: number): Float64Array {
  const size = sizeOf(scores, groups, 2);
  const { mean } = groupStatistics(scores, groups);
  return Float64Array.from(scores, (r, i) => (size / (size - 1)) * (r - mean[i % groups]!));
}

/** Rows of each group. */
function sizeOf(values: ArrayLike<number>, groups: number, least: number): number {
  const size = values.length / groups;
  if (Number.isInteger(size) && size >= least) return size;
  const wanted = `a multiple of ${groups}, at least ${least * groups}`;
  throw new TiltyardError('groups', `groups: ${values.length} rows of ${groups} prompts; give ${wanted}`);
}
