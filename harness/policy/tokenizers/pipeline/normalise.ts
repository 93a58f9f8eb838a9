import { TiltyardError } from '../../../errors.js';
import { children, type Component, patternOf, textOf, unsupported } from './component.js';
import { asLibrarySees, MARKS, normalised } from './unicode.js';

export type Normalise = (text: string) => string;

const KNOWN = 'NFC, NFD, NFKC, NFKD, Lowercase, Strip, StripAccents, Replace, Prepend, Sequence';

/** A normaliser of tokenizer.json. @throws TiltyardError for one that is not known */
export function normaliser(part: Component | null): Normalise {
  if (part === null) return (text) => text;
  const type = part.json['type'];
  switch (type) {
    case 'NFC':
    case 'NFD':
    case 'NFKC':
    case 'NFKD':
      return (text) => normalised(text, type);
    case 'Lowercase': // letter by letter: no final sigma
      return (text) => Array.from(text, (char) => char.toLowerCase()).join('');
    case 'StripAccents':
      return (text) => text.replace(MARKS, '');
    case 'Strip':
      return (text) => {
        const start = part.json['strip_left'] === true ? text.replace(/^\p{White_Space}+/u, '') : text;
        return part.json['strip_right'] === true ? withoutEnd(start) : start;
      };
    case 'Replace': {
      const [pattern, content] = [patternOf(part), textOf(part, 'content')];
      return (text) => replaced(text, pattern, content);
    }
    case 'Prepend': {
      const prefix = textOf(part, 'prepend');
      return (text) => (text === '' ? '' : prefix + text);
    }
    case 'Sequence': {
      const all = children(part, 'normalizers').map(normaliser);
      return (text) => all.reduce((soFar, next) => next(soFar), text);
    }
    default:
      throw unsupported(part.at, `normalizer type ${JSON.stringify(type)}`, KNOWN);
  }
}

/** Letter by letter: an expression would begin anew at each of a million blanks inside a text. */
function withoutEnd(text: string): string {
  let end = text.length;
  while (end > 0 && /\p{White_Space}/u.test(text[end - 1]!)) end--;
  return text.slice(0, end);
}

/** Letters that a text may grow to: normalisers in a row can each make many of one. */
const LONGEST = 2 ** 28;

/** Every match of a pattern as the library sees the text. */
function replaced(text: string, pattern: RegExp, content: string): string {
  let [out, end] = ['', 0];
  for (const match of asLibrarySees(text).matchAll(pattern)) {
    out += text.slice(end, match.index) + content;
    if (out.length > LONGEST)
      throw new TiltyardError('bad-tokenizer', `a normalizer makes more than ${LONGEST} letters of a text`);
    end = match.index + match[0].length;
  }
  return out + text.slice(end);
}

/** ES2024, which every supported Node.js has. */
const isWellFormed = (text: string): boolean =>
  (text as unknown as { isWellFormed(): boolean }).isWellFormed();

/** @throws TiltyardError for text that is no Unicode: half of a surrogate pair has no bytes */
export function checkUnicode(text: string): void {
  if (isWellFormed(text)) return;
  const at = text.search(/\p{Surrogate}/u);
  const unit = text.charCodeAt(at).toString(16).toUpperCase();
  throw new TiltyardError(
    'not-unicode',
    `text holds half of a surrogate pair (U+${unit} at character ${at}), which no tokenizer can read; ` +
      'write the whole character, or leave the row out',
  );
}
