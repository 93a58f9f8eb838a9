import { normalQuantile } from './distributions.js';

export interface WinRate {
  /** W = (wins + ties / 2) / n. NaN for n = 0. */
  readonly rate: number;
  /** sqrt((p_w + p_l - (p_w - p_l)^2) / n) / 2 for independent comparisons. NaN for n = 0. */
  readonly se: number;
  readonly n: number;
}

/** Tie-aware win rate: a tie is half a win to each side. */
export function winRate(wins: number, ties: number, losses: number): WinRate {
  const n = wins + ties + losses;
  const [pw, pl] = [wins / n, losses / n];
  return { rate: pw + ties / n / 2, se: Math.sqrt((pw + pl - (pw - pl) ** 2) / n) / 2, n };
}

/**
 * Wilson's score interval of a proportion; keeps its coverage near 0 and 1 where p +- z SE collapses.
 * @param successes may be fractional (ties count half) @throws RangeError for n < 1 or successes outside [0,
 * n]
 */
export function wilson(successes: number, n: number, level = 0.95): [number, number] {
  if (!(n >= 1 && successes >= 0 && successes <= n))
    throw new RangeError(`wilson: needs 0 <= successes <= n and n >= 1, got ${successes} of ${n}`);
  const z = normalQuantile(1 - (1 - level) / 2);
  const p = successes / n;
  const centre = p + (z * z) / (2 * n);
  const half = z * Math.sqrt((p * (1 - p)) / n + (z * z) / (4 * n * n));
  const scale = 1 + (z * z) / n;
  // Exactly 0 and 1 at the ends, which rounding would miss.
  return [
    successes === 0 ? 0 : Math.max(0, (centre - half) / scale),
    successes === n ? 1 : Math.min(1, (centre + half) / scale),
  ];
}
