import { asLibrarySees } from './unicode.js';
import type { Normalise } from './normalise.js';
import type { Piece } from './split.js';

/** A token that is found in the text itself, before the model sees it. */
export interface AddedToken {
  readonly content: string;
  readonly special: boolean;
  readonly normalized: boolean;
  readonly lstrip: boolean;
  readonly rstrip: boolean;
  readonly singleWord: boolean;
}

/** A piece of text, or the id of an added token. */
export type Found = Piece | number;

/** Leftmost first, longest at one place: the ids and the text between them. */
export type FindAdded = (pieces: readonly Found[]) => Found[];

const WORD = /[\p{Alphabetic}\p{M}\p{Nd}\p{Pc}\p{Join_Control}]/u;

/** @param normalise how the contents stand in the text that is searched */
export function addedFinder(tokens: ReadonlyMap<number, AddedToken>, normalise: Normalise): FindAdded {
  const byContent = new Map<string, readonly [number, AddedToken]>();
  for (const [id, token] of tokens) {
    const content = normalise(token.content);
    if (content !== '') byContent.set(content, [id, token]);
  }
  if (byContent.size === 0) return (pieces) => [...pieces];
  const contents = [...byContent.keys()].sort((a, b) => b.length - a.length);
  const pattern = new RegExp(
    contents.map((text) => text.replace(/[.*+?^${}()|[\]\\/-]/g, '\\$&')).join('|'),
    'g',
  );
  return (pieces) => pieces.flatMap((piece) => (typeof piece === 'number' ? [piece] : found(piece)));

  function found({ text, first }: Piece): Found[] {
    const out: Found[] = [];
    let start = 0;
    for (const match of text.matchAll(pattern)) {
      const [id, token] = byContent.get(match[0])!;
      let [from, to] = [match.index, match.index + match[0].length];
      if (token.singleWord && (isWord(before(text, from)) || isWord(after(text, to)))) continue;
      if (token.lstrip) from = Math.max(start, text.slice(0, from).search(/\p{White_Space}*$/u));
      if (token.rstrip) to += /^\p{White_Space}*/u.exec(text.slice(to))![0].length;
      if (start < from) out.push({ text: text.slice(start, from), first: first && start === 0 });
      out.push(id);
      start = to;
    }
    if (start < text.length) out.push({ text: text.slice(start), first: first && start === 0 });
    return out;
  }
}

const isWord = (char: string): boolean => WORD.test(asLibrarySees(char));
const before = (text: string, at: number): string =>
  Array.from(text.slice(Math.max(0, at - 2), at)).at(-1) ?? '';
const after = (text: string, at: number): string => Array.from(text.slice(at, at + 2))[0] ?? '';
