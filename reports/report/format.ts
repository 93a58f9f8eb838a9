import type { Figure } from '../../harness/stats/interval.js';

// How a report writes numbers for people, the same in sentences, tables and figures.

/** Significant digits, three where not said; no exponent between 0.0001 and 100,000. */
export function number(x: number, digits = 3): string {
  if (x === 0) return '0';
  const size = Math.abs(x);
  if (size >= 1e5 || size < 1e-4) return x.toExponential(2);
  const decimals = Math.max(0, Math.min(4, digits - 1 - Math.floor(Math.log10(size))));
  return x.toFixed(decimals);
}

/** A number that somebody wrote down, such as a parameter: 4 rather than 4.00. */
export const written = (x: number): string => String(Number(x.toPrecision(4)));

const PREFIXES = ['', 'k', 'M', 'G', 'T', 'P', 'E'] as const;

/** With the metric prefix that leaves one to three digits before the point, such as `1.20 TFLOP`. */
export function si(x: number, unit: string): string {
  const thousands = Math.floor(Math.log10(Math.abs(x)) / 3);
  const power = x === 0 ? 0 : Math.min(PREFIXES.length - 1, Math.max(0, thousands));
  return `${number(x / 10 ** (3 * power))} ${PREFIXES[power]}${unit}`;
}

export const flops = (x: number): string => si(x, 'FLOP');
export const bytes = (x: number): string =>
  x >= 2 ** 30 ? `${number(x / 2 ** 30)} GiB` : `${number(x / 2 ** 20)} MiB`;
export const seconds = (x: number): string => (x >= 120 ? `${number(x / 60)} min` : `${number(x)} s`);
export const percent = (x: number): string => `${(x * 100).toFixed(1)}%`;
export const signed = (x: number): string => (x > 0 ? `+${number(x)}` : number(x).replace('-', '−'));

export const pValue = (p: number): string => (p < 0.001 ? '< 0.001' : number(p, 2));

/** `mean [lo, hi]`; a dash where there is no figure. */
export function withInterval(
  figure: Figure | null,
  format: (x: number) => string = (x) => number(x),
): string {
  if (figure === null) return '–';
  if (figure.ci === null) return format(figure.mean);
  return `${format(figure.mean)} [${format(figure.ci[0])}, ${format(figure.ci[1])}]`;
}
