import type { Figure } from '../../harness/stats/interval.js';

/** Ends of the interval; both the mean where there is none. */
export const band = ({ mean, ci }: Figure): { lo: number; hi: number } => ({
  lo: ci?.[0] ?? mean,
  hi: ci?.[1] ?? mean,
});

/** Smallest range that begins below and ends above everything, 0 included, with some air. */
export function around(values: readonly number[]): readonly [number, number] {
  const [least, most] = [Math.min(0, ...values), Math.max(0, ...values)];
  const air = (most - least || 1) * 0.05;
  return [least < 0 ? least - air : 0, most > 0 ? most + air : 0];
}
