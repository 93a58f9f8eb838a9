/**
 * How a reward fares on pairs it was not trained on. Differences are raw reward units, chosen minus rejected.
 */
export interface HeldOutScore {
  /** Mean −log σ(d − m), nats: what early stopping watches. Neither penalty nor clamp. */
  readonly loss: number;
  /** Share of pairs ranked as labelled, ties as half. */
  readonly accuracy: number;
  /** Expected calibration error of the probability σ(d) that the chosen side wins. */
  readonly calibrationError: number;
  /** Mean and largest |d|. */
  readonly differenceMean: number;
  readonly differenceMax: number;
}

/** @param differences at least one */
export function heldOutScore(differences: readonly number[], margins: readonly number[]): HeldOutScore {
  const n = differences.length;
  const mean = (f: (d: number, i: number) => number): number =>
    differences.reduce((sum, d, i) => sum + f(d, i), 0) / n;
  return {
    loss: mean((d, i) => softplus(margins[i]! - d)),
    accuracy: mean((d) => (d > 0 ? 1 : d === 0 ? 0.5 : 0)),
    calibrationError: calibrationError(differences),
    differenceMean: mean((d) => Math.abs(d)),
    differenceMax: differences.reduce((max, d) => Math.max(max, Math.abs(d)), 0),
  };
}

/**
 * Expected calibration error (Guo et al. 2017, equation 3, https://arxiv.org/abs/1706.04599):
 *
 *   ECE = Σ_b n_b/N | acc(b) − conf(b) |
 *
 * The model's favourite of a pair wins with stated probability conf = σ(|d|) in [½, 1), and it did win where
 * d > 0 (a tie counts as half). Ten bins of equal width over [½, 1].
 */
export function calibrationError(differences: readonly number[], bins = 10): number {
  const total = new Float64Array(bins); // Σ conf − Σ wins of each bin
  for (const d of differences) {
    const confidence = sigmoid(Math.abs(d));
    const bin = Math.min(bins - 1, Math.floor((confidence - 0.5) * 2 * bins));
    total[bin]! += confidence - (d > 0 ? 1 : d === 0 ? 0.5 : 0);
  }
  return total.reduce((sum, x) => sum + Math.abs(x), 0) / differences.length;
}

const sigmoid = (x: number): number => 1 / (1 + Math.exp(-x));
const softplus = (x: number): number => Math.max(x, 0) + Math.log1p(Math.exp(-Math.abs(x)));
