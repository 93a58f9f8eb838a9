import type { Tokenizer } from '../contracts/tokenizer.js';
import { vocabularyOf } from '../policy/tokenizers/vocabulary.js';

/** Shown between tokens, and between prompt and completion. */
const BETWEEN = '│';
const BORDER = '║';
export const LEGEND =
  `${BETWEEN} stands between tokens, ${BORDER} between prompt and completion, ` +
  '‹› around tokens that are no text';

/** Tokens of one character at most, in UTF-8. */
const MOST_PARTS = 4;

/** Token ids for people: every token apart, special ones by name. */
export function tokenText(tokenizer: Tokenizer): (ids: readonly number[]) => string[] {
  const { special } = vocabularyOf(tokenizer);
  const decode = (ids: readonly number[]): string => (ids.length === 0 ? '' : tokenizer.decode(ids));
  return (ids) => {
    const pieces: string[] = [];
    let before: number[] = []; // a token's spaces may depend on that before it
    let parts: number[] = [];
    const flush = (): void => {
      if (parts.length > 0) pieces.push(`‹${parts.join(' ')}›`);
      parts = [];
    };
    for (const id of ids) {
      const name = special.get(id);
      if (name !== undefined) {
        flush();
        pieces.push(`‹${name}›`);
        before = [];
        continue;
      }
      parts.push(id);
      const text = after(decode(before), decode([...before, ...parts])) ?? decode(parts);
      if (text === '' || text.includes('\ufffd')) {
        if (parts.length >= MOST_PARTS || text === '') flush(); // no character: the ids themselves
        continue;
      }
      pieces.push(visible(text));
      before = parts;
      parts = [];
    }
    flush();
    return pieces;
  };
}

/** A prompt and what follows it. */
export const shownRow = (prompt: readonly string[], completion: readonly string[]): string =>
  `${prompt.join(BETWEEN)}${BORDER}${completion.join(BETWEEN)}`;

const after = (start: string, whole: string): string | null =>
  whole.startsWith(start) ? whole.slice(start.length) : null;

/** Line ends and tabs as they are written in code. */
const visible = (text: string): string =>
  text.replaceAll('\n', '\\n').replaceAll('\r', '\\r').replaceAll('\t', '\\t');
