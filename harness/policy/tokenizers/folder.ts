import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { TiltyardError } from '../../errors.js';
import type { Tokenizer } from '../../contracts/tokenizer.js';
import { byteTokenizer } from './bytes.js';
import { type HuggingFaceOptions, huggingFaceTokenizer } from './huggingface.js';
import { wordTokenizer } from './words.js';

/**
 * The tokenizer saved beside a model's weights: words or bytes as `toJSON` wrote them, else Hugging Face's.
 * @throws TiltyardError where there is none
 */
export function folderTokenizer(dir: string, options: HuggingFaceOptions = {}): Tokenizer {
  const path = join(dir, 'tokenizer.json');
  if (!existsSync(path))
    throw new TiltyardError('no-tokenizer', `${dir}: no tokenizer.json; give a model folder that holds one`);
  const saved = JSON.parse(readFileSync(path, 'utf8')) as {
    readonly type?: string;
    readonly words?: readonly string[];
  };
  if (saved.type === 'tiltyard-words') return wordTokenizer(saved.words ?? []);
  return saved.type === 'tiltyard-bytes' ? byteTokenizer() : huggingFaceTokenizer(dir, options);
}
