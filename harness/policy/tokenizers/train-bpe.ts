import type { Json } from './json-file.js';
import { preTokeniser, BYTE_LETTERS } from './pipeline/split.js';

/** Ends a text; the first id of the vocabulary. */
const END = '<|endoftext|>';
const PRE_TOKENIZER = { type: 'ByteLevel', add_prefix_space: false, trim_offsets: true, use_regex: true };
/** A pair that is met less often is not worth a token. */
const LEAST = 2;
/** Ids of a pair as one number; no vocabulary has as many. */
const MOST_IDS = 2 ** 21;

/** The smallest vocabulary: every byte, and the end. */
export const BYTES_AND_END = BYTE_LETTERS.length + 1;

/** How often each word of texts is met, words cut and spelled as GPT-2 does. */
export class WordCounts {
  readonly counts = new Map<string, number>();
  readonly #words = preTokeniser({ at: 'pre_tokenizer', json: PRE_TOKENIZER });

  add(text: string): void {
    for (const word of this.#words.cut(text, true)) this.counts.set(word, (this.counts.get(word) ?? 0) + 1);
  }

  /** Words as letters, one a byte. */
  spelled(): [word: string, count: number][] {
    return [...this.counts].map(([word, count]) => [this.#words.spell!(word), count]);
  }
}

/**
 * Byte-level byte pair encoding (Sennrich et al. 2016, arXiv:1508.07909, algorithm 1), as the tokenizers
 * library trains it: of all neighbours the pair that is met most often becomes a token, of equals the one of
 * the smaller ids, until the vocabulary is full or no pair is met twice.
 * @param size tokens at most, the end token and every byte among them
 * @returns tokenizer.json
 */
export function trainBpe(words: readonly (readonly [word: string, count: number])[], size: number): Json {
  const tokens = [END, ...[...BYTE_LETTERS].sort((a, b) => a.codePointAt(0)! - b.codePointAt(0)!)];
  const ids = new Map(tokens.map((token, id) => [token, id]));
  const texts = words.map(([word]): Int32Array => Int32Array.from(word, (letter) => ids.get(letter)!));
  const neighbours = new Neighbours();
  texts.forEach((text, w) => {
    for (let i = 0; i + 1 < text.length; i++) neighbours.change(text[i]!, text[i + 1]!, words[w]![1], w);
  });
  const merges: [string, string][] = [];
  while (tokens.length < size) {
    const pair = neighbours.takeMost();
    if (pair === null) break;
    const [left, right] = [Math.floor(pair.key / MOST_IDS), pair.key % MOST_IDS];
    const token = tokens[left]! + tokens[right]!;
    const id = ids.get(token) ?? tokens.length;
    if (id === tokens.length) tokens.push(token);
    ids.set(token, id);
    merges.push([tokens[left]!, tokens[right]!]);
    for (const w of pair.words) {
      texts[w] = merged(texts[w]!, left, right, id, (a, b, by) =>
        neighbours.change(a, b, by * words[w]![1], w),
      );
    }
  }
  return {
    version: '1.0',
    truncation: null,
    padding: null,
    added_tokens: [
      {
        id: 0,
        content: END,
        single_word: false,
        lstrip: false,
        rstrip: false,
        normalized: false,
        special: true,
      },
    ],
    normalizer: null,
    pre_tokenizer: PRE_TOKENIZER,
    post_processor: null,
    decoder: PRE_TOKENIZER,
    model: { type: 'BPE', dropout: null, vocab: Object.fromEntries(ids), merges },
  };
}

/** A word with a pair made one; `change` hears of neighbours that went and came. */
function merged(
  text: Int32Array,
  left: number,
  right: number,
  id: number,
  change: (a: number, b: number, by: number) => void,
): Int32Array {
  const out: number[] = [];
  for (let i = 0; i < text.length; i++) {
    if (text[i] !== left || i + 1 === text.length || text[i + 1] !== right) {
      out.push(text[i]!);
      continue;
    }
    const before = out.at(-1);
    if (before !== undefined) {
      change(before, left, -1);
      change(before, id, 1);
    }
    const after = text[i + 2];
    if (after !== undefined) {
      change(right, after, -1);
      change(id, after, 1);
    }
    out.push(id);
    i++;
  }
  return Int32Array.from(out);
}

/** How often neighbours are met, and in which words. */
class Neighbours {
  readonly #counts = new Map<number, number>();
  readonly #words = new Map<number, Set<number>>();

  change(left: number, right: number, by: number, word: number): void {
    const key = left * MOST_IDS + right;
    this.#counts.set(key, (this.#counts.get(key) ?? 0) + by);
    if (by < 0) return;
    const words = this.#words.get(key) ?? new Set();
    this.#words.set(key, words.add(word));
  }

  /** Takes the pair that is met most often out; null where none is met often enough. */
  takeMost(): { readonly key: number; readonly words: ReadonlySet<number> } | null {
    let [best, most] = [-1, LEAST - 1];
    for (const [key, count] of this.#counts)
      if (count > most || (count === most && key < best)) [best, most] = [key, count];
    if (best === -1) return null;
    const words = this.#words.get(best)!;
    this.#counts.delete(best);
    this.#words.delete(best);
    return { key: best, words };
  }
}
