// Text that came from data, made safe for where it is shown.

/** What `clean` takes out. */
// biome-ignore lint/suspicious/noControlCharactersInRegex: they are what is being removed
const UNSAFE = /[\u0000-\u0008\u000b-\u001f\u007f-\u009f\u061c\u200e\u200f\u2028-\u202e\u2066-\u2069]/g;

/** Text without control characters, ANSI escapes and direction marks. */
export const clean = (text: string): string => text.replaceAll(UNSAFE, '');

const ENTITIES: Record<string, string> = {
  '&': '&amp;',
  '<': '&lt;',
  '>': '&gt;',
  '"': '&quot;',
  "'": '&#39;',
};
export const escapeHtml = (text: string): string => clean(text).replaceAll(/[&<>"']/g, (c) => ENTITIES[c]!);

/**
 * Text in a Markdown line or table cell: no markup, no entities, no breaks, nothing that opens a list or a
 * block, no link that a renderer would find by itself.
 */
export const escapeMarkdown = (text: string): string =>
  clean(text)
    .trim()
    .replaceAll(/\s+/g, ' ')
    .replaceAll(/[\\`*_{}[\]()#+!|<>~&$-]/g, (c) => `\\${c}`)
    .replaceAll(/:(?=\/\/)|(?<=^www|\Wwww)\.|(?<=^\d+)\.(?= |$)|^=/gi, (c) => `\\${c}`);

/**
 * A text cell of a CSV table. What a spreadsheet would run as a formula, after leading blanks and in
 * full-width signs too, starts with an apostrophe.
 */
export function csvCell(text: string): string {
  const safe = clean(text).replace(/^(?=\s*[=+\-@＝＋－＠\t])/, "'");
  return /[",\r\n]/.test(safe) ? `"${safe.replaceAll('"', '""')}"` : safe;
}

/** A line of text and number cells of a CSV table, without its end. */
export const csvLine = (cells: readonly (string | number)[]): string =>
  cells.map((x) => (typeof x === 'number' ? String(x) : csvCell(x))).join(',');
