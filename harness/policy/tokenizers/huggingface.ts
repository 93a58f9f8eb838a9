import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { Tokenizer as Library } from '@huggingface/tokenizers';
import { TiltyardError } from '../../errors.js';
import type { Tokenizer } from '../../contracts/tokenizer.js';

export interface HuggingFaceOptions {
  /** Whether texts were written by a chat template, which writes every special token itself. */
  readonly templated?: boolean;
}

/**
 * The tokenizer of a Hugging Face model folder (tokenizer.json, tokenizer_config.json, config.json). Text is
 * encoded as it stands: no special token is added, so a chat template's own are not doubled.
 * @throws TiltyardError where a file is missing, or the folder names no end or padding token
 */
export function huggingFaceTokenizer(dir: string, _: HuggingFaceOptions = {}): Tokenizer {
  const read = (file: string): Record<string, unknown> =>
    JSON.parse(readFileSync(join(dir, file), 'utf8')) as Record<string, unknown>;
  if (!existsSync(join(dir, 'tokenizer.json')))
    throw new TiltyardError('no-tokenizer', `${dir}: no tokenizer.json; give a Hugging Face model folder`);
  const json = read('tokenizer.json');
  const settings = existsSync(join(dir, 'tokenizer_config.json')) ? read('tokenizer_config.json') : {};
  const config = existsSync(join(dir, 'config.json')) ? read('config.json') : {};
  const tokenizer = new Library(json as never, settings as never);
  const idOf = (kind: 'eos' | 'pad'): number | undefined => {
    const token = settings[`${kind}_token`];
    const text =
      typeof token === 'object' && token !== null
        ? (token as { content?: string }).content
        : (token as string | undefined);
    const id = typeof text === 'string' ? tokenizer.token_to_id(text) : undefined;
    const fallback = config[`${kind}_token_id`];
    return id ?? (typeof fallback === 'number' ? fallback : undefined);
  };
  const eosId = idOf('eos');
  if (eosId === undefined)
    throw new TiltyardError(
      'no-eos',
      `${dir}: names no end token; set eos_token in tokenizer_config.json or eos_token_id in config.json`,
    );
  const padId = idOf('pad');
  // Padding that is also the end token would hide the end from every mask.
  if (padId === undefined || padId === eosId) {
    throw new TiltyardError(
      'no-pad',
      `${dir}: needs a padding token of its own, distinct from the end token; ` +
        'set pad_token in tokenizer_config.json',
    );
  }
  const size = config['vocab_size'];
  return {
    vocabSize:
      typeof size === 'number'
        ? size
        : Object.keys((json['model'] as { vocab?: object } | undefined)?.vocab ?? {}).length,
    eosId,
    padId,
    encode: (text) => tokenizer.encode(text, { add_special_tokens: false }).ids,
    decode: (ids) => tokenizer.decode(Array.from(ids), { skip_special_tokens: true }),
    toJSON: () => json,
  };
}
