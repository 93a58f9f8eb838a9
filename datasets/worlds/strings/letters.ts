import type { Tokenizer } from '../../../harness/contracts/tokenizer.js';
import { TiltyardError } from '../../../harness/errors.js';

const FIRST = 'a'.charCodeAt(0);

export const letter = (id: number): string => String.fromCharCode(FIRST + id);
export const idOf = (text: string): number => text.charCodeAt(0) - FIRST;

/** The string of this length at a place in the order of the alphabet. @param letters size of the alphabet */
export const written = (place: number, length: number, letters: number): string =>
  Array.from({ length }, (_, i) => letter(Math.floor(place / letters ** (length - 1 - i)) % letters)).join(
    '',
  );

/** Every string of this length, in the order of the alphabet. */
export const everyString = (length: number, letters: number): string[] =>
  Array.from({ length: letters ** length }, (_, place) => written(place, length, letters));

/**
 * One token a letter and nothing else, so that every sequence of tokens is a string. Rows have one length:
 * padding is never read.
 */
export function letterTokenizer(letters: number): Tokenizer {
  return {
    vocabSize: letters,
    padId: 0,
    // Never sampled as an end: completions have a fixed length.
    eosId: 1,
    encode: (text) =>
      [...text].map((c) => {
        const id = idOf(c);
        if (c.length === 1 && id >= 0 && id < letters) return id;
        throw new TiltyardError(
          'unknown-letter',
          `dataset strings: '${c}' is not one of the letters a..${letter(letters - 1)}`,
        );
      }),
    decode: (ids) => Array.from(ids, letter).join(''),
    toJSON: () => ({ type: 'tiltyard-letters', letters }),
  };
}
