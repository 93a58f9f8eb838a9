import type { Figure } from '../../harness/stats/interval.js';

/** Numbers for people. */
export function number(x: number, digits = 3): string {
  if (x === 0) return '0';
  const size = Math.abs(x);
  if (size >= 1e5 || size < 1e-4) return x.toExponential(2);
  const decimals = Math.max(0, Math.min(4, digits - 1 - Math.floor(Math.log10(size))));
  return x.toFixed(decimals);
}

const PREFIXES = ['', 'k', 'M', 'G', 'T', 'P', 'E'] as const;
export function si(x: number, unit: string): string {
  const power = x === 0 ? 0 : Math.min(PREFIXES.length - 1, Math.max(0, Math.floor(Math.log10(Math.abs(x)) / 3)));
  return `${number(x / 10 ** (3 * power))} ${PREFIXES[power]}${unit}`;
}

export const bytes = (x: number): string => (x >= 2 ** 30 ? `${number(x / 2 ** 30)} GiB` : `${number(x / 2 ** 20)} MiB`);
export const seconds = (x: number): string => (x >= 120 ? `${number(x / 60)} min` : `${number(x)} s`);
export const percent = (x: number): string => `${(x * 100).toFixed(1)}%`;
export const signed = (x: number): string => (x > 0 ? `+${number(x)}` : number(x).replace('-', '−'));

/** Points of a rate, signed. */
export const signedPercent = (x: number): string => `${x > 0 ? '+' : ''}${percent(x).replace('-', '−')}`;

/** `mean [lo, hi]`; a dash where there is no figure. */
export function withInterval(figure: Figure | null, format: (x: number) => string = (x) => number(x)): string {
  if (figure === null) return '–';
  if (figure.ci === null) return format(figure.mean);
  return `${format(figure.mean)} [${format(figure.ci[0])}, ${format(figure.ci[1])}]`;
}

/** Control characters, ANSI escapes and direction marks out of text that came from data. */
// biome-ignore lint/suspicious/noControlCharactersInRegex: they are what is being removed
const UNSAFE = /[\u0000-\u0008\u000b-\u001f\u007f-\u009f\u061c\u200e\u200f\u2028-\u202e\u2066-\u2069]/g;
export const clean = (text: string): string => text.replaceAll(UNSAFE, '');

const ENTITIES: Record<string, string> = { '&': '&amp;', '<': '&lt;', '>': '&gt;', '"': '&quot;', "'": '&#39;' };
export const escapeHtml = (text: string): string => clean(text).replaceAll(/[&<>"']/g, (c) => ENTITIES[c]!);

/** Text in a Markdown line or table cell: no markup, no entities, no breaks, nothing that opens a list or a block, no link that a renderer would find by itself. */
export const escapeMarkdown = (text: string): string =>
  clean(text).trim().replaceAll(/\s+/g, ' ').replaceAll(/[\\`*_{}[\]()#+!|<>~&$-]/g, (c) => `\\${c}`).replaceAll(/:(?=\/\/)|(?<=^www|\Wwww)\.|(?<=^\d+)\.(?= |$)|^=/gi, (c) => `\\${c}`);
