import type { Estimate } from './remaining.js';

/** Seconds for people: `42 s`, `12 min 5 s`. */
export function duration(seconds: number): string {
  const whole = Math.round(seconds);
  return whole < 90 ? `${whole} s` : `${Math.floor(whole / 60)} min ${whole % 60} s`;
}

/** What is known within less than this factor is one number. */
const NARROW = 1.25;

/** `about 12 min 5 s` where that is known well, else `about 8 to 14 min`. */
export function inWords({ seconds, low, high }: Estimate): string {
  if (high <= NARROW * low) return `about ${duration(seconds)}`;
  const [per, unit] = high < 90 ? [1, 's'] : high < 2 * 3600 ? [60, 'min'] : [3600, 'h'];
  const shown = (of: number): string =>
    of / per < 3 && per > 1 ? (of / per).toFixed(1) : String(Math.round(of / per));
  return shown(low) === shown(high)
    ? `about ${shown(low)} ${unit}`
    : `about ${shown(low)} to ${shown(high)} ${unit}`;
}
