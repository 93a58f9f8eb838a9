import { TiltyardError } from '../../../errors.js';
import { children, type Component, GPT2, patternOf, regex, textOf, unsupported } from './component.js';
import { asLibrarySees, PUNCTUATION } from './unicode.js';

/** A piece of text between added tokens. */
export interface Piece {
  readonly text: string;
  /** Whether it begins where the whole text begins. */
  readonly first: boolean;
}

/** Words of a piece of text. @param first whether it begins where the whole text begins */
export type Cut = (text: string, first: boolean) => readonly string[];

/** A pre-tokenizer: how text is cut into words, and how a word is then written for the model. */
export interface PreTokeniser {
  readonly cut: Cut;
  /** Null: as it is. */
  readonly spell: ((word: string) => string) | null;
}

const cutting = (cut: Cut): PreTokeniser => ({ cut, spell: null });
const uncut: Cut = (text) => [text];

const KNOWN = 'ByteLevel, Split, Digits, Punctuation, Metaspace, Whitespace, WhitespaceSplit, Sequence';
const NUMBERS = /\p{N}/gu;
const WORD = String.raw`\p{Alphabetic}\p{M}\p{Nd}\p{Pc}\p{Join_Control}`;

/** A pre-tokenizer of tokenizer.json. @throws TiltyardError for one that is not known */
export function preTokeniser(part: Component | null): PreTokeniser {
  if (part === null) return cutting(uncut);
  const type = part.json['type'];
  switch (type) {
    case 'Sequence':
      return inSequence(children(part, 'pretokenizers').map(preTokeniser));
    case 'ByteLevel':
      return byteLevel(part);
    case 'Split':
      return cutting(split(patternOf(part), textOf(part, 'behavior'), part.json['invert'] === true, part.at));
    case 'Digits':
      return cutting(
        split(NUMBERS, part.json['individual_digits'] === true ? 'Isolated' : 'Contiguous', false, ''),
      );
    case 'Punctuation':
      return cutting(split(PUNCTUATION, textOf(part, 'behavior', 'Isolated'), false, part.at));
    case 'Whitespace':
      return cutting(split(new RegExp(`[${WORD}]+|[^${WORD}\\p{White_Space}]+`, 'gu'), 'Removed', true, ''));
    case 'WhitespaceSplit':
      return cutting(split(/\p{White_Space}/gu, 'Removed', false, ''));
    case 'Metaspace':
      return cutting(metaspace(part));
    default:
      throw unsupported(part.at, `pre_tokenizer type ${JSON.stringify(type)}`, KNOWN);
  }
}

/** Each byte as a letter, as GPT-2 writes them. */
export const BYTE_LETTERS: readonly string[] = byteLetters();

function byteLetters(): string[] {
  const printable = (byte: number): boolean =>
    (byte >= 0x21 && byte <= 0x7e) || (byte >= 0xa1 && byte <= 0xac) || byte >= 0xae;
  let next = 256;
  return Array.from({ length: 256 }, (_, byte) => String.fromCodePoint(printable(byte) ? byte : next++));
}

function inSequence(all: readonly PreTokeniser[]): PreTokeniser {
  const cuts = all.flatMap(({ cut, spell }, i): readonly Cut[] => {
    // What follows a spelling cuts what was spelled; the last one's is left to whoever remembers words.
    if (spell === null || i === all.length - 1) return cut === uncut ? [] : [cut];
    return [(text, first) => cut(text, first).map(spell)];
  });
  const cut: Cut = (text, first) =>
    cuts.reduce<readonly string[]>(
      (words, next) => words.flatMap((word, i) => next(word, first && i === 0)),
      [text],
    );
  return { cut: cuts.length < 2 ? (cuts[0] ?? uncut) : cut, spell: all.at(-1)?.spell ?? null };
}

function byteLevel(part: Component): PreTokeniser {
  const prefix = part.json['add_prefix_space'] !== false;
  const words = part.json['use_regex'] === false ? uncut : split(regex(GPT2, part.at), 'Isolated', false, '');
  const encoder = new TextEncoder();
  return {
    cut: prefix ? (text, first) => words(text.startsWith(' ') ? text : ` ${text}`, first) : words,
    spell: (word) => Array.from(encoder.encode(word), (byte) => BYTE_LETTERS[byte]).join(''),
  };
}

function metaspace(part: Component): Cut {
  const mark = textOf(part, 'replacement', '\u2581');
  // Files of before 2024 have add_prefix_space alone.
  const scheme = textOf(part, 'prepend_scheme', part.json['add_prefix_space'] === false ? 'never' : 'always');
  const words =
    part.json['split'] === false ? uncut : split(new RegExp(mark, 'gu'), 'MergedWithNext', false, part.at);
  return (text, first) => {
    const marked = text.replaceAll(' ', mark);
    const wanted = scheme === 'always' || (scheme === 'first' && first);
    return words(wanted && !marked.startsWith(mark) ? mark + marked : marked, first);
  };
}

/** Splits at a pattern; what happens to its matches is the behaviour. */
function split(pattern: RegExp, behaviour: string, invert: boolean, at: string): Cut {
  // Digits and the library's own lists are of other ages than its expressions.
  const seen = pattern === PUNCTUATION || pattern === NUMBERS ? (text: string) => text : asLibrarySees;
  const known = behaviour.toLowerCase().replaceAll('_', '');
  const joined = BEHAVIOURS[known];
  if (joined === undefined) {
    const wanted = 'Removed, Isolated, MergedWithPrevious, MergedWithNext or Contiguous';
    throw new TiltyardError('bad-tokenizer', `${at}.behavior should be ${wanted}, got '${behaviour}'`);
  }
  const general: Cut = (text) => joined(partsOf(text, seen(text), pattern, invert));
  if (known !== 'isolated') return general;
  return (text, first) => whole(text, seen(text), pattern) ?? general(text, first);
}

/**
 * The words of an expression that leaves nothing out, as those of all families do; null where it does. The
 * JavaScript engine finds all matches at once several times as fast as one after the other.
 */
function whole(text: string, seen: string, pattern: RegExp): string[] | null {
  const matches = seen.match(pattern);
  if (matches === null) return text === '' ? [] : [text];
  let [end, empty] = [0, false];
  for (const { length } of matches) {
    end += length;
    empty ||= length === 0;
  }
  if (end !== text.length || empty) return null;
  if (seen === text) return matches;
  end = 0;
  return matches.map(({ length }) => text.slice(end, (end += length)));
}

function partsOf(text: string, seen: string, pattern: RegExp, invert: boolean): Part[] {
  const parts: Part[] = [];
  let end = 0;
  for (const match of seen.matchAll(pattern)) {
    if (match[0] === '') continue;
    if (match.index > end) parts.push({ text: text.slice(end, match.index), hit: invert });
    end = match.index + match[0].length;
    parts.push({ text: text.slice(match.index, end), hit: !invert });
  }
  if (end < text.length) parts.push({ text: text.slice(end), hit: invert });
  return parts;
}

interface Part {
  readonly text: string;
  readonly hit: boolean;
}

const BEHAVIOURS: Readonly<Record<string, (parts: readonly Part[]) => string[]>> = {
  removed: (parts) => parts.filter(({ hit }) => !hit).map(({ text }) => text),
  isolated: (parts) => parts.map(({ text }) => text),
  contiguous: (parts) => merged(parts, (before, part) => before.hit === part.hit),
  mergedwithprevious: (parts) => merged(parts, (before, part) => part.hit && !before.hit),
  mergedwithnext: (parts) =>
    merged(
      [...parts].reverse(),
      (after, part) => part.hit && !after.hit,
      (after, text) => text + after,
    ).reverse(),
};

/** Parts joined to the one before them where the two belong together. */
function merged(
  parts: readonly Part[],
  together: (before: Part, part: Part) => boolean,
  join: (so: string, text: string) => string = (so, text) => so + text,
): string[] {
  const out: string[] = [];
  parts.forEach((part, i) => {
    const before = parts[i - 1];
    if (before !== undefined && together(before, part)) out.push(join(out.pop()!, part.text));
    else out.push(part.text);
  });
  return out;
}
