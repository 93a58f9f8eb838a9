import { TiltyardError } from '../../harness/errors.js';
import type { Tokenizer } from '../schema.js';
import { byteTokenizer } from './bytes.js';
import { wordTokenizer } from './words.js';

export { byteTokenizer, wordTokenizer };

/** Rebuilds what a tokenizer's `toJSON` saved beside a checkpoint. */
export function tokenizerFromJSON(json: unknown): Tokenizer {
  const { type, words } = (json ?? {}) as { type?: unknown; words?: unknown };
  if (type === 'tiltyard-bytes') return byteTokenizer();
  if (type === 'tiltyard-words' && Array.isArray(words) && words.every((w) => typeof w === 'string')) return wordTokenizer(words);
  throw new TiltyardError('bad-tokenizer', `tokenizer.json: type ${JSON.stringify(type)} is not known; known: tiltyard-words, tiltyard-bytes`);
}
