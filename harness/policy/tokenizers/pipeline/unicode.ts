import {
  AFTER_16,
  IN_15_TO_16,
  UNKNOWN_MARKS,
  UNKNOWN_PUNCTUATION,
  UNKNOWN_TO_NORMALISERS,
} from './unicode-ages.js';

/** The inside of a character class of these ranges. */
const classOf = (ranges: string): string =>
  ranges
    .trim()
    .split(/\s+/)
    .map((range) =>
      range
        .split('-')
        .map((hex) => `\\u{${hex}}`)
        .join('-'),
    )
    .join('');

/** A character of each category in the library's data, in one UTF-16 unit and in two. */
const STAND_INS: Readonly<Record<string, readonly [string, string]>> = {
  Lu: ['\u0100', '\u{10400}'],
  Ll: ['\u0250', '\u{10428}'],
  Lt: ['\u01c5', '\u{10400}'],
  Lm: ['\u02b0', '\u{16f93}'],
  Lo: ['\u01bb', '\u{10450}'],
  Mn: ['\u0300', '\u{101fd}'],
  Mc: ['\u0903', '\u{11000}'],
  Me: ['\u0488', '\u{101fd}'],
  Nd: ['\u0660', '\u{104a0}'],
  Nl: ['\u2160', '\u{10140}'],
  No: ['\u2460', '\u{10107}'],
  P: ['\u2010', '\u{10100}'],
  S: ['\u00a6', '\u{1f600}'],
  unassigned: ['\ufffe', '\u{10fffe}'],
};

/** Categories of characters that a Node.js may see otherwise than the library does. */
const SHADOWED: readonly (readonly [RegExp, readonly [string, string]])[] = [
  [new RegExp(`[${classOf(AFTER_16)}]`, 'gu'), STAND_INS['unassigned']!],
  [/\u0295/g, STAND_INS['Ll']!], // a letter without case since Unicode 17
  ...Object.entries(IN_15_TO_16).map(
    ([category, ranges]) => [new RegExp(`[${classOf(ranges)}]`, 'gu'), STAND_INS[category]!] as const,
  ),
];

const ANY_SHADOWED = new RegExp(SHADOWED.map(([{ source }]) => source).join('|'), 'u');

/**
 * The text as the library's expressions see it: of the same length, every character that they know otherwise
 * replaced by one of the category that it has there. What is matched is cut from the text itself.
 */
export function asLibrarySees(text: string): string {
  if (!ANY_SHADOWED.test(text)) return text;
  return SHADOWED.reduce((seen, [pattern, [one, two]]) => {
    return seen.replace(pattern, (char) => (char.length === 1 ? one : two));
  }, text);
}

/** Punctuation in the library's list, which is ASCII's own and what Unicode had when it was made. */
export const PUNCTUATION = new RegExp(
  `(?![${classOf(UNKNOWN_PUNCTUATION)}])[\\p{P}!-/:-@[-\`{-~]|[\\u166d\\u{111c9}]`,
  'gu',
);
/** Marks in the library's list. */
export const MARKS = new RegExp(`(?![${classOf(UNKNOWN_MARKS)}])\\p{M}|[\\u1cf2\\u1cf3]`, 'gu');

const UNKNOWN = new RegExp(`([${classOf(UNKNOWN_TO_NORMALISERS)}])`, 'u');

/** Unicode normalisation in which newer characters stand for themselves and combine with nothing. */
export const normalised = (text: string, form: 'NFC' | 'NFD' | 'NFKC' | 'NFKD'): string =>
  UNKNOWN.test(text)
    ? text
        .split(UNKNOWN)
        .map((part, i) => (i % 2 === 1 ? part : part.normalize(form)))
        .join('')
    : text.normalize(form);
