import { TiltyardError } from '../../errors.js';
import type { Tokenizer } from '../../contracts/tokenizer.js';
import { byteTokenizer } from './bytes.js';
import { type HuggingFaceOptions, huggingFaceTokenizer } from './huggingface.js';
import { jsonFile } from './json-file.js';
import { wordTokenizer } from './words.js';

/**
 * The tokenizer saved beside a model's weights: words or bytes as `toJSON` wrote them, else Hugging Face's.
 * @throws TiltyardError where there is none
 */
export function folderTokenizer(dir: string, options: HuggingFaceOptions = {}): Tokenizer {
  const saved = jsonFile(dir, 'tokenizer.json') as {
    readonly type?: string;
    readonly words?: readonly string[];
  } | null;
  if (saved === null)
    throw new TiltyardError('no-tokenizer', `${dir}: no tokenizer.json; give a model folder that holds one`);
  if (saved.type === 'tiltyard-words') return wordTokenizer(saved.words ?? []);
  return saved.type === 'tiltyard-bytes' ? byteTokenizer() : huggingFaceTokenizer(dir, options);
}
