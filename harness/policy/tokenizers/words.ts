import { TiltyardError, nearest } from '../../errors.js';
import type { Tokenizer } from '../../contracts/tokenizer.js';

/**
 * One token a word, words split at spaces. Ids 0 and 1 are padding and end; neither is ever written as text.
 */
export function wordTokenizer(words: readonly string[]): Tokenizer {
  const vocabulary = ['<pad>', '<eos>', ...words];
  const ids = new Map(vocabulary.map((word, id) => [word, id]));
  if (ids.size !== vocabulary.length)
    throw new TiltyardError('duplicate-word', 'tokenizer: a word appears twice in the vocabulary');
  return {
    vocabSize: vocabulary.length,
    padId: 0,
    eosId: 1,
    encode: (text) =>
      text.split(' ').flatMap((word) => {
        if (word === '') return [];
        const id = ids.get(word);
        if (id !== undefined && id > 1) return [id];
        const guess = nearest(word, words);
        const hint = guess === undefined ? '' : `; did you mean '${guess}'?`;
        throw new TiltyardError(
          'unknown-word',
          `tokenizer: unknown word '${word}'${hint} (${words.length} words are known)`,
        );
      }),
    decode: (tokens) =>
      Array.from(tokens)
        .filter((id) => id > 1)
        .map((id) => vocabulary[id] ?? '')
        .join(' '),
    toJSON: () => ({ type: 'tiltyard-words', words }),
  };
}
