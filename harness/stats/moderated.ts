import { studentCdf, studentQuantile } from './distributions.js';
import { mean, variance } from './moments.js';

/** The variances of several comparisons, each told a little by all. */
export interface Moderation {
  /** s₀², what a variance is expected to be before it is seen. */
  readonly prior: number;
  /** d₀, the degrees of freedom that this is worth; infinite where all variances look alike. */
  readonly priorDf: number;
  /** s̃² = (d₀ s₀² + d s²) / (d₀ + d), of a variance s² of as many degrees of freedom. */
  readonly posterior: (variance: number) => number;
  /** Degrees of freedom of each t. */
  readonly df: number;
}

/**
 * Moderated variances: empirical Bayes over comparisons of the same number of seeds. Smyth 2004, section 6.2,
 * https://doi.org/10.2202/1544-6115.1027
 *
 *   e = log s² − ψ(d/2) + log(d/2),   ψ′(d₀/2) = var(e) − ψ′(d/2),   log s₀² = mean(e) + ψ(d₀/2) − log(d₀/2)
 *
 * Departure: the degrees of freedom d₀ + d are at most `mostDf`, as in the authors' package, where it is the
 * number of comparisons times d; comparisons that share arms vary together, so the caller knows better.
 * @param variances s² of each comparison, n − 1 in the denominator; at least two above 0
 * @param df d of each
 * @param mostDf at least `df`
 */
export function moderate(variances: readonly number[], df: number, mostDf: number): Moderation {
  const seen = variances.filter((v) => v > 0);
  if (seen.length < 2 || !(df >= 1))
    throw new RangeError(
      `moderate: needs two variances above 0 and a degree of freedom, got ${seen.length} and ${df}`,
    );
  const shift = Math.log(df / 2) - digamma(df / 2);
  const e = seen.map((v) => Math.log(v) + shift);
  const excess = variance(e) - trigamma(df / 2);
  const priorDf = excess > 0 ? 2 * inverseTrigamma(excess) : Number.POSITIVE_INFINITY;
  const prior =
    priorDf === Number.POSITIVE_INFINITY
      ? Math.exp(mean(e))
      : Math.exp(mean(e) + digamma(priorDf / 2) - Math.log(priorDf / 2));
  return {
    prior,
    priorDf,
    posterior: (v) =>
      priorDf === Number.POSITIVE_INFINITY ? prior : (priorDf * prior + df * v) / (priorDf + df),
    df: Math.min(priorDf + df, mostDf),
  };
}

/** Mean of per-seed differences with what a test needs: its variance may come from elsewhere. */
export interface MeanTest {
  readonly mean: number;
  /** Standard error of the mean; 0 where every seed says the same. */
  readonly se: number;
  readonly df: number;
}

/** 95 % interval of the mean, by Student's t. */
export function interval95({ mean: m, se, df }: MeanTest): readonly [number, number] {
  const half = se === 0 ? 0 : studentQuantile(0.975, df) * se;
  return [m - half, m + half];
}

/** Two-sided p-value of "the mean is 0". */
export function differenceP({ mean: m, se, df }: MeanTest): number {
  if (se === 0) return m === 0 ? 1 : 0;
  return 2 * studentCdf(-Math.abs(m / se), df);
}

/** p-value of "the mean is not within the margin": the larger of two one-sided ones (Schuirmann 1987). */
export function equivalenceP({ mean: m, se, df }: MeanTest, margin: number): number {
  if (!(margin > 0)) return 1;
  if (se === 0) return Math.abs(m) < margin ? 0 : 1;
  return studentCdf((Math.abs(m) - margin) / se, df);
}

/**
 * The smallest true difference that a two-sided test at `level` would find with `power`: (t_{1−level/2} +
 * t_{power}) se, in the units of the mean.
 */
export function detectable({ se, df }: MeanTest, level = 0.05, power = 0.8): number {
  return se === 0 ? 0 : (studentQuantile(1 - level / 2, df) + studentQuantile(power, df)) * se;
}

/** ψ(x), x > 0: recurrence up to 8, then its asymptotic series; about 1e-13. */
export function digamma(x: number): number {
  let at = x;
  let sum = 0;
  for (; at < 8; at++) sum -= 1 / at;
  const y = 1 / (at * at);
  const series =
    y * (1 / 12 - y * (1 / 120 - y * (1 / 252 - y * (1 / 240 - y * (1 / 132 - y * (691 / 32760))))));
  return sum + Math.log(at) - 1 / (2 * at) - series;
}

/** ψ′(x), x > 0, likewise. */
export function trigamma(x: number): number {
  let at = x;
  let sum = 0;
  for (; at < 8; at++) sum += 1 / (at * at);
  const y = 1 / (at * at);
  const series = y * (1 / 6 - y * (1 / 30 - y * (1 / 42 - y * (1 / 30 - y * (5 / 66 - y * (691 / 2730))))));
  return sum + 1 / at + y / 2 + series / at;
}

/** x with ψ′(x) = y, y > 0: bisection in log x, ψ′ being decreasing. */
export function inverseTrigamma(y: number): number {
  if (!(y > 0)) throw new RangeError(`inverseTrigamma: y must be above 0, got ${y}`);
  if (y > 1e7) return 1 / Math.sqrt(y);
  if (y < 1e-6) return 1 / y;
  let [lo, hi] = [1e-4, 1e7];
  for (let i = 0; i < 200 && hi / lo > 1 + 1e-14; i++) {
    const mid = Math.sqrt(lo * hi);
    if (trigamma(mid) > y) lo = mid;
    else hi = mid;
  }
  return Math.sqrt(lo * hi);
}
