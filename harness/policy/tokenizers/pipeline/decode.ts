import { children, type Component, patternOf, textOf, unsupported } from './component.js';
import { BYTE_LETTERS } from './split.js';

export type Decode = (tokens: readonly string[]) => string[];

const KNOWN = 'ByteLevel, Metaspace, Replace, ByteFallback, Fuse, Strip, Sequence';

/** A decoder of tokenizer.json. @throws TiltyardError for one that is not known */
export function decoder(part: Component): Decode {
  const type = part.json['type'];
  switch (type) {
    case 'ByteLevel':
      return byteLevel;
    case 'ByteFallback':
      return byteFallback;
    case 'Fuse':
      return (tokens) => [tokens.join('')];
    case 'Sequence': {
      const all = children(part, 'decoders').map(decoder);
      return (tokens) => all.reduce<readonly string[]>((soFar, next) => next(soFar), tokens) as string[];
    }
    case 'Replace': {
      const [pattern, content] = [patternOf(part), textOf(part, 'content')];
      return (tokens) => tokens.map((token) => token.replace(pattern, () => content));
    }
    case 'Strip': {
      const content = textOf(part, 'content');
      const count = (field: string): number => Number(part.json[field] ?? 0);
      return (tokens) =>
        tokens.map((token) => stripped(Array.from(token), content, count('start'), count('stop')));
    }
    case 'Metaspace': {
      const mark = textOf(part, 'replacement', '\u2581');
      const never = part.json['prepend_scheme'] === 'never' || part.json['add_prefix_space'] === false;
      return (tokens) => tokens.map((token, i) => token.replaceAll(mark, i === 0 && !never ? '' : ' '));
    }
    default:
      throw unsupported(part.at, `decoder type ${JSON.stringify(type)}`, KNOWN);
  }
}

const LETTER_BYTES = new Map(BYTE_LETTERS.map((letter, byte) => [letter, byte]));

/** Bytes that are no text become U+FFFD; a byte-order mark is text. */
const lossy = new TextDecoder('utf-8', { ignoreBOM: true });
const strict = new TextDecoder('utf-8', { ignoreBOM: true, fatal: true });
const encoder = new TextEncoder();

/** A token of other letters than bytes' stands for itself. */
const byteLevel: Decode = (tokens) => {
  const bytes = tokens.flatMap((token) => {
    const letters = Array.from(token, (letter) => LETTER_BYTES.get(letter));
    return letters.every((byte) => byte !== undefined) ? letters : Array.from(encoder.encode(token));
  });
  return [lossy.decode(Uint8Array.from(bytes as number[]))];
};

/** Runs of `<0x..>` as the text of their bytes, each byte U+FFFD where they are none. */
const byteFallback: Decode = (tokens) => {
  const out: string[] = [];
  let run: number[] = [];
  const flush = (): void => {
    if (run.length === 0) return;
    try {
      out.push(strict.decode(Uint8Array.from(run)));
    } catch {
      out.push(...run.map(() => '\ufffd'));
    }
    run = [];
  };
  for (const token of tokens) {
    const byte = /^<0x([0-9A-Fa-f]{2})>$/.exec(token);
    if (byte === null) {
      flush();
      out.push(token);
    } else run.push(Number.parseInt(byte[1]!, 16));
  }
  flush();
  return out;
};

function stripped(chars: readonly string[], content: string, start: number, stop: number): string {
  let from = 0;
  while (from < Math.min(start, chars.length) && chars[from] === content) from++;
  let to = chars.length;
  while (to > Math.max(from, chars.length - stop) && chars[to - 1] === content) to--;
  return chars.slice(from, to).join('');
}
