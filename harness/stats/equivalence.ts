import { studentCdf, studentQuantile } from './distributions.js';
import { mean, standardError } from './moments.js';

export interface Equivalence {
  /** The larger of the two one-sided p-values. */
  readonly p: number;
  /** Interval of level 1 - 2 alpha: equivalent where it lies inside (-margin, margin). */
  readonly ci: readonly [number, number];
  readonly equivalent: boolean;
}

/**
 * Two one-sided t tests of paired differences (Schuirmann 1987): is |mean| below `margin`? The absence of a
 * significant difference is not a match; this is what every "matches" needs.
 * @throws RangeError for fewer than two differences or a margin that is not positive
 */
export function twoOneSidedTests(differences: readonly number[], margin: number, alpha = 0.05): Equivalence {
  const n = differences.length;
  if (n < 2 || !(margin > 0))
    throw new RangeError(
      `twoOneSidedTests: needs at least two differences and a positive margin, got ${n} and ${margin}`,
    );
  const m = mean(differences);
  const se = standardError(differences);
  if (se === 0) return { p: Math.abs(m) < margin ? 0 : 1, ci: [m, m], equivalent: Math.abs(m) < margin };
  const above = 1 - studentCdf((m + margin) / se, n - 1); // H0: mean <= -margin
  const below = studentCdf((m - margin) / se, n - 1); //     H0: mean >= margin
  const p = Math.max(above, below);
  const half = studentQuantile(1 - alpha, n - 1) * se;
  return { p, ci: [m - half, m + half], equivalent: p < alpha };
}
