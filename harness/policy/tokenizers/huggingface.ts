import { TiltyardError } from '../../errors.js';
import type { SpecialToken, Tokenizer } from '../../contracts/tokenizer.js';
import { afterAnswer } from './chat.js';
import { tokenizerClass } from './classes.js';
import { isObject, type Json, jsonFile } from './json-file.js';
import { pipelineOf } from './pipeline/pipeline.js';
import type { TokenizerFiles } from './special-tokens.js';
import { modelStops } from './stops.js';

export interface HuggingFaceOptions {
  /**
   * Whether texts were written by a chat template, which writes every special token itself. Default: plain
   * text, to which the post-processor of tokenizer.json adds its own, such as a begin token.
   */
  readonly templated?: boolean;
}

/**
 * The tokenizer of a Hugging Face model folder, as transformers 5 loads it: tokenizer.json under the class
 * and the special tokens of tokenizer_config.json, special_tokens_map.json, config.json and
 * generation_config.json. Nothing is cleaned up in decoding.
 * @throws TiltyardError naming file and field for what is missing, not known, or does not fit together
 */
export function huggingFaceTokenizer(dir: string, { templated = false }: HuggingFaceOptions = {}): Tokenizer {
  const json = jsonFile(dir, 'tokenizer.json');
  if (json === null)
    throw new TiltyardError('no-tokenizer', `${dir}: no tokenizer.json; give a Hugging Face model folder`);
  const settings = jsonFile(dir, 'tokenizer_config.json') ?? {};
  const config = jsonFile(dir, 'config.json') ?? {};
  const files = { dir, tokenizer: json, settings, config, other: (name: string) => jsonFile(dir, name) };
  const after = afterAnswer(dir);
  const own = assembled(files, { templated, after, stops: modelStops(dir, config) });
  return { ...own, folder: dir };
}

/** The tokenizer of a tokenizer.json that lies in no folder, of a class whose special tokens are GPT-2's. */
export const tokenizerOfJson = (json: Json, name: string): Tokenizer =>
  assembled(
    {
      dir: name,
      tokenizer: json,
      settings: { tokenizer_class: 'GPT2Tokenizer' },
      config: {},
      other: () => null,
    },
    { templated: false, after: null, stops: [] },
  );

/** What a folder says beside its tokenizer's own files. */
interface Beside {
  readonly templated: boolean;
  readonly after: ReturnType<typeof afterAnswer>;
  readonly stops: ReturnType<typeof modelStops>;
}

function assembled(files: TokenizerFiles, { templated, after, stops }: Beside): Tokenizer {
  const { dir, tokenizer: json, settings, config } = files;
  const pipeline = pipelineOf(files, tokenizerClass(dir, settings, config));
  const { named, frame, idOf } = pipeline;
  const vocabSize = fittingSize(pipeline.size, pipeline.last, config, dir);
  const inside = (ids: readonly number[]): number[] => ids.filter((id) => id < vocabSize);
  const special = (role: SpecialToken['role'], ids: readonly number[], from: string): SpecialToken[] =>
    ids.length === 0 ? [] : [{ role, ids, from }];

  const eos = named.eos === undefined ? [] : [idOf(named.eos.content)!];
  const turn = after === null ? [] : pipeline.encode(after.text).slice(0, 1).filter(pipeline.special);
  const ends = [
    ...special('end', eos, named.eos?.from ?? ''),
    ...stops.flatMap(({ ids, from }) => special('end', inside(ids), from)),
    ...special('end', turn, `${after?.from ?? ''}, the end of a turn`),
  ];
  const endIds = [...new Set(ends.flatMap(({ ids }) => ids))];
  const eosId = eos[0] ?? (templated ? endIds[0] : undefined);
  if (eosId === undefined)
    throw new TiltyardError(
      'no-eos',
      `${dir}: names no end token, so plain text cannot be ended; set eos_token in tokenizer_config.json`,
    );
  const pad = named.pad;
  const padId = pad === undefined ? eosId : idOf(pad.content)!;
  const begin = frame.before.length > 0 && !templated;
  const framed = (text: string): number[] =>
    templated ? pipeline.encode(text) : [...frame.before, ...pipeline.encode(text), ...frame.after];
  const eosText = named.eos?.content ?? null;
  return {
    vocabSize,
    eosId,
    endIds,
    padId,
    specialTokens: [
      ...ends,
      ...special('padding', [padId], pad?.from ?? 'the end token, since no padding token is named'),
      ...special('begin', begin ? frame.before : [], 'tokenizer.json: post_processor'),
    ],
    encode: framed,
    encodeAfter(prompt, completion, ended = false, alone = framed(prompt)) {
      const closing = ended && eosText !== null && !completion.endsWith(eosText) ? eosText : '';
      const whole = framed(prompt + completion + closing);
      return { ids: whole.slice(alone.length), exact: alone.every((id, i) => whole[i] === id) };
    },
    decode: pipeline.decode,
    toJSON: () => json,
  };
}

/**
 * Tokens that a network needs to have for this tokenizer: as many as config.json says.
 * @throws TiltyardError where it says fewer than there are
 */
function fittingSize(
  size: number,
  last: { readonly content: string; readonly from: string },
  config: Readonly<Record<string, unknown>>,
  dir: string,
): number {
  const text = isObject(config['text_config']) ? config['text_config'] : config;
  const wanted = config['vocab_size'] ?? text['vocab_size'];
  if (typeof wanted !== 'number') return size;
  if (wanted >= size) return wanted;
  throw new TiltyardError(
    'vocabulary-size',
    `${dir}: the tokenizer has ids up to ${size - 1} (${JSON.stringify(last.content)}, ${last.from}), ` +
      `and vocab_size in config.json is ${wanted}, so the model has no embedding for it; ` +
      'name a token that tokenizer.json has, ' +
      'or use the tokenizer that the model was made with',
  );
}
