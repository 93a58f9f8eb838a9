import { TiltyardError } from '../../../errors.js';
import { children, type Component, patternOf, regex, textOf, unsupported } from './component.js';
import { asLibrarySees, PUNCTUATION } from './unicode.js';

/** A piece of text between added tokens. */
export interface Piece {
  readonly text: string;
  /** Whether it begins where the whole text begins. */
  readonly first: boolean;
}

export type PreTokenise = (pieces: readonly Piece[]) => readonly Piece[];

const KNOWN = 'ByteLevel, Split, Digits, Punctuation, Metaspace, Whitespace, WhitespaceSplit, Sequence';
const NUMBERS = /\p{N}/gu;
const GPT2 = String.raw`'s|'t|'re|'ve|'m|'ll|'d| ?\p{L}+| ?\p{N}+| ?[^\s\p{L}\p{N}]+|\s+(?!\S)|\s+`;
const WORD = String.raw`\p{Alphabetic}\p{M}\p{Nd}\p{Pc}\p{Join_Control}`;

/** A pre-tokenizer of tokenizer.json. @throws TiltyardError for one that is not known */
export function preTokeniser(part: Component | null): PreTokenise {
  if (part === null) return (pieces) => pieces;
  const type = part.json['type'];
  switch (type) {
    case 'Sequence': {
      const all = children(part, 'pretokenizers').map(preTokeniser);
      return (pieces) => all.reduce((soFar, next) => next(soFar), pieces);
    }
    case 'ByteLevel':
      return byteLevel(part);
    case 'Split':
      return split(patternOf(part), textOf(part, 'behavior'), part.json['invert'] === true, part.at);
    case 'Digits':
      return split(NUMBERS, part.json['individual_digits'] === true ? 'Isolated' : 'Contiguous', false, '');
    case 'Punctuation':
      return split(PUNCTUATION, textOf(part, 'behavior', 'Isolated'), false, part.at);
    case 'Whitespace':
      return split(new RegExp(`[${WORD}]+|[^${WORD}\\p{White_Space}]+`, 'gu'), 'Removed', true, '');
    case 'WhitespaceSplit':
      return split(/\p{White_Space}/gu, 'Removed', false, '');
    case 'Metaspace':
      return metaspace(part);
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

function byteLevel(part: Component): PreTokenise {
  const prefix = part.json['add_prefix_space'] !== false;
  const words =
    part.json['use_regex'] === false
      ? (x: readonly Piece[]) => x
      : split(regex(GPT2, part.at), 'Isolated', false, '');
  const encoder = new TextEncoder();
  return (pieces) =>
    words(
      pieces.map((piece) =>
        prefix && !piece.text.startsWith(' ') ? { ...piece, text: ` ${piece.text}` } : piece,
      ),
    ).map(({ text, first }) => ({
      text: Array.from(encoder.encode(text), (byte) => BYTE_LETTERS[byte]).join(''),
      first,
    }));
}

function metaspace(part: Component): PreTokenise {
  const mark = textOf(part, 'replacement', '\u2581');
  // Files of before 2024 have add_prefix_space alone.
  const scheme = textOf(part, 'prepend_scheme', part.json['add_prefix_space'] === false ? 'never' : 'always');
  const words =
    part.json['split'] === false
      ? (x: readonly Piece[]) => x
      : split(new RegExp(mark, 'gu'), 'MergedWithNext', false, part.at);
  return (pieces) =>
    words(
      pieces.map(({ text, first }) => {
        const marked = text.replaceAll(' ', mark);
        const wanted = scheme === 'always' || (scheme === 'first' && first);
        return { text: wanted && !marked.startsWith(mark) ? mark + marked : marked, first };
      }),
    );
}

/** Splits at a pattern; what happens to its matches is the behaviour. */
function split(pattern: RegExp, behaviour: string, invert: boolean, at: string): PreTokenise {
  // Digits and the library's own lists are of other ages than its expressions.
  const seen = pattern === PUNCTUATION || pattern === NUMBERS ? (text: string) => text : asLibrarySees;
  const joined = BEHAVIOURS[behaviour.toLowerCase().replaceAll('_', '')];
  if (joined === undefined) {
    const known = 'Removed, Isolated, MergedWithPrevious, MergedWithNext or Contiguous';
    throw new TiltyardError('bad-tokenizer', `${at}.behavior should be ${known}, got '${behaviour}'`);
  }
  return (pieces) =>
    pieces.flatMap(({ text, first }) => {
      const parts: Part[] = [];
      let end = 0;
      for (const match of seen(text).matchAll(pattern)) {
        if (match[0] === '') continue;
        if (match.index > end) parts.push({ text: text.slice(end, match.index), hit: invert });
        end = match.index + match[0].length;
        parts.push({ text: text.slice(match.index, end), hit: !invert });
      }
      if (end < text.length) parts.push({ text: text.slice(end), hit: invert });
      return joined(parts).map((part, i) => ({ text: part, first: first && i === 0 }));
    });
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
