import { studentCdf, studentQuantile } from './distributions.js';
import { mean, variance } from './moments.js';

export interface WelchTest {
  /** Mean of b minus mean of a. */
  readonly difference: number;
  readonly ci: readonly [number, number];
  /** Two-sided, of "the means are equal". */
  readonly p: number;
  /** Welch and Satterthwaite's degrees of freedom. */
  readonly df: number;
}

/**
 * Two independent samples of unequal variance (Welch 1947). Null for fewer than two values on a side.
 * @param a, b one value per pipeline seed
 */
export function welch(a: readonly number[], b: readonly number[], level = 0.95): WelchTest | null {
  if (a.length < 2 || b.length < 2) return null;
  const difference = mean(b) - mean(a);
  const [va, vb] = [variance(a) / a.length, variance(b) / b.length];
  const se = Math.sqrt(va + vb);
  if (se === 0)
    return {
      difference,
      ci: [difference, difference],
      p: difference === 0 ? 1 : 0,
      df: a.length + b.length - 2,
    };
  const df = (va + vb) ** 2 / (va ** 2 / (a.length - 1) + vb ** 2 / (b.length - 1));
  const half = studentQuantile(1 - (1 - level) / 2, df) * se;
  return {
    difference,
    ci: [difference - half, difference + half],
    p: 2 * studentCdf(-Math.abs(difference) / se, df),
    df,
  };
}
