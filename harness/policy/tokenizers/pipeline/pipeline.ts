import type { TokenizerClass } from '../classes.js';
import { TiltyardError } from '../../../errors.js';
import { isObject } from '../json-file.js';
import { type SpecialTokens, specialTokens, type TokenizerFiles } from '../special-tokens.js';
import { type AddedToken, addedFinder } from './added.js';
import { component, unsupported } from './component.js';
import { decoder } from './decode.js';
import { wordModel } from './model.js';
import { checkUnicode, normaliser } from './normalise.js';
import { type Frame, frameOf } from './post.js';
import { remembered } from './remembered.js';
import { preTokeniser } from './split.js';

/** Text to ids and back, as the tokenizers library does it. */
export interface Pipeline {
  readonly named: SpecialTokens['named'];
  /** What the post-processor adds to plain text. */
  readonly frame: Frame;
  /** One above the largest id. */
  readonly size: number;
  /** The token of the largest id, and where it comes from. */
  readonly last: { readonly content: string; readonly from: string };
  idOf(token: string): number | undefined;
  special(id: number): boolean;
  encode(text: string): number[];
  /** Without special tokens. */
  decode(ids: ArrayLike<number>): string;
}

/** @throws TiltyardError for a part that is not known or does not fit the others */
export function pipelineOf(files: TokenizerFiles, kind: TokenizerClass): Pipeline {
  const { dir, settings } = files;
  const at = `${dir}/tokenizer.json`;
  const given = files.tokenizer;
  const rebuilt = kind.rebuilt?.(settings) ?? {};
  const base = isObject(given['model']) ? given['model'] : {};
  const replaced = isObject(rebuilt['model'])
    ? { ...rebuilt['model'], vocab: base['vocab'], merges: base['merges'] }
    : base;
  const json = { ...given, ...rebuilt, model: replaced };
  const part = (field: keyof typeof json | string) =>
    component(`${at}: ${field}`, (json as Record<string, unknown>)[field]);
  const model = wordModel(part('model') ?? { at: `${at}: model`, json: {} });
  if (settings['split_special_tokens'] === true)
    throw unsupported(`${dir}/tokenizer_config.json: split_special_tokens`, 'true', 'false');
  if (model.kind !== 'BPE' && settings['clean_up_tokenization_spaces'] === true)
    throw unsupported(`${dir}/tokenizer_config.json: clean_up_tokenization_spaces`, 'true', 'false');
  const { named, added } = specialTokens(files, kind, model.ids);
  const normalise = normaliser(part('normalizer'));
  const { cut, spell } = preTokeniser(part('pre_tokenizer'));
  const idsOf = remembered((word) => model.encode(spell === null ? word : spell(word)));
  const decoding = part('decoder');
  const decodeTokens =
    decoding === null ? (tokens: readonly string[]) => [tokens.join(' ')] : decoder(decoding);
  const which = (normalized: boolean): Map<number, AddedToken> =>
    new Map([...added].filter(([, token]) => token.normalized === normalized));
  const findExact = addedFinder(which(false), (text) => text);
  const findNormalised = addedFinder(which(true), normalise);
  const ids = new Map(model.ids);
  for (const [id, { content }] of added) ids.set(content, id);
  const tokens = new Map<number, string>([...model.ids].map(([token, id]) => [id, token]));
  // The library writes an added token as its normaliser does.
  for (const [id, { content, normalized }] of added)
    tokens.set(id, normalized ? normalise(content) : content);
  let largest = -1;
  for (const id of tokens.keys()) largest = Math.max(largest, id);
  if (largest < 0)
    throw new TiltyardError('bad-tokenizer', `${at}: the vocabulary is empty; bring the file again`);
  const content = tokens.get(largest)!;
  const from = Object.values(named).find((token) => token.content === content)?.from;
  return {
    named,
    frame: frameOf(part('post_processor')),
    size: largest + 1,
    last: { content, from: from ?? 'tokenizer.json' },
    idOf: (token) => ids.get(token),
    special: (id) => added.get(id)?.special === true,
    encode(text) {
      if (text === '') return [];
      checkUnicode(text);
      const exact = findExact([{ text, first: true }]);
      const normalised = exact.map((found) =>
        typeof found === 'number' ? found : { ...found, text: normalise(found.text) },
      );
      const out: number[] = [];
      for (const found of findNormalised(normalised)) {
        if (typeof found === 'number') out.push(found);
        else for (const word of cut(found.text, found.first)) for (const id of idsOf(word)) out.push(id);
      }
      return out;
    },
    decode(given) {
      const kept = Array.from(given).flatMap((id) =>
        added.get(id)?.special === true ? [] : (tokens.get(id) ?? []),
      );
      return decodeTokens(kept).join('');
    },
  };
}
