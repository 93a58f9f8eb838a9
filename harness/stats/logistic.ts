import type { ClusteredFigure } from './clustered.js';
import { studentQuantile } from './distributions.js';
import { solve } from './linear-system.js';

/** What is explained, in [0, 1], by what: as many numbers in every row. */
export interface LogisticRow {
  readonly y: number;
  readonly x: readonly number[];
}

/** Of a coefficient's normal prior: weak where predictors have a standard deviation of about one. */
const PRIOR_SD = 2.5;
const STEPS = 50;

/**
 * The first coefficient of a logistic regression, log-odds per unit, with a 95 % interval by Student's t from
 * the variance that allows for rows of one cluster being alike (Liang & Zeger 1986,
 * https://doi.org/10.1093/biomet/73.1.13). The most likely coefficients under a normal prior with standard
 * deviation 2.5 on each (as Gelman et al. 2008, https://doi.org/10.1214/08-AOAS191, with a normal for their
 * Cauchy): without it they are infinite where a predictor tells every outcome. There is no intercept but one
 * that stands in the rows.
 * @returns null for no rows; `n` counts clusters
 */
export function logisticSlope(clusters: readonly (readonly LogisticRow[])[]): ClusteredFigure | null {
  const full = clusters.filter((rows) => rows.length > 0);
  const rows = full.flat();
  const beta = logistic(rows);
  if (beta === null) return null;
  const [n, slope] = [full.length, beta[0]!];
  if (n < 2) return { mean: slope, ci: null, n };
  const weights = solve(
    curvature(rows, beta),
    beta.map((_, i) => (i === 0 ? 1 : 0)),
  );
  let variance = 0;
  for (const cluster of full) {
    const score = gradient(cluster, beta);
    variance += score.reduce((sum, s, i) => sum + s * weights[i]!, 0) ** 2;
  }
  const half = studentQuantile(0.975, n - 1) * Math.sqrt((variance * n) / (n - 1));
  return { mean: slope, ci: [slope - half, slope + half], n };
}

/** All coefficients, by Newton's method; null for no rows. */
export function logistic(rows: readonly LogisticRow[]): number[] | null {
  const [first] = rows;
  if (first === undefined) return null;
  let beta = first.x.map(() => 0);
  for (let step = 0; step < STEPS; step++) {
    const move = solve(
      curvature(rows, beta),
      gradient(rows, beta).map((g, i) => g - beta[i]! / PRIOR_SD ** 2),
    );
    const size = Math.max(...move.map(Math.abs));
    // A whole step may overshoot where outcomes are nearly told.
    const scale = size > 2 ? 2 / size : 1;
    beta = beta.map((b, i) => b + scale * move[i]!);
    if (size < 1e-10) break;
  }
  return beta;
}

const probability = ({ x }: LogisticRow, beta: readonly number[]): number =>
  1 / (1 + Math.exp(-x.reduce((sum, value, i) => sum + value * beta[i]!, 0)));

/** Of the rows' log-likelihood. */
function gradient(rows: readonly LogisticRow[], beta: readonly number[]): number[] {
  const out = beta.map(() => 0);
  for (const row of rows) {
    const rest = row.y - probability(row, beta);
    for (let i = 0; i < out.length; i++) out[i]! += rest * row.x[i]!;
  }
  return out;
}

/** Minus the second derivative of log-likelihood and prior. */
function curvature(rows: readonly LogisticRow[], beta: readonly number[]): number[][] {
  const out = beta.map((_, i) => beta.map((__, j) => (i === j ? 1 / PRIOR_SD ** 2 : 0)));
  for (const row of rows) {
    const p = probability(row, beta);
    for (let i = 0; i < beta.length; i++)
      for (let j = 0; j < beta.length; j++) out[i]![j]! += p * (1 - p) * row.x[i]! * row.x[j]!;
  }
  return out;
}
