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

/** What is markup wherever it stands, a formula's dollar and a link's ending included. */
const MARKUP = /[\\`*|<>~&$]|\](?=[([:])|(?<![\p{L}\p{N}])_|_(?![\p{L}\p{N}])/gu;
/** What is markup by where it stands: a heading, list, task, quotation, rule, footnote or link target. */
const BY_PLACE = /^(?:#+(?= |$)|[-+](?= |$|[-+])|=|\[)|(?<=^\d+)[.)](?= |$)/g;
/** What a renderer would make a link of by itself. */
const LINK = /:(?=\/\/)|(?<=^www|\Wwww)\./gi;

/**
 * Text in a Markdown line or table cell: no markup, no entities, no breaks, nothing that opens a list or a
 * block, no link that a renderer would find by itself. Names and intervals, `dpo[beta=0.1]` and `[-1, +2]`,
 * stay as they are, so that the file can be read as it stands.
 */
export const escapeMarkdown = (text: string): string =>
  [MARKUP, BY_PLACE, LINK].reduce(
    (escaped, marks) => escaped.replaceAll(marks, (c) => `\\${c}`),
    clean(text).trim().replaceAll(/\s+/g, ' '),
  );

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
