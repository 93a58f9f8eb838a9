import * as library from '@huggingface/tokenizers';
import { TiltyardError } from '../../../errors.js';
import { isObject, shown } from '../json-file.js';
import { type Component, unsupported } from './component.js';

/** Words to ids. */
export interface WordModel {
  readonly kind: 'BPE' | 'WordLevel';
  /** Ids of one word. */
  encode(word: string): number[];
  readonly ids: ReadonlyMap<string, number>;
}

/** @throws TiltyardError for a model that is not known, or one whose parts do not fit together */
export function wordModel(part: Component): WordModel {
  const { at, json } = part;
  const type = json['type'] ?? (json['merges'] === undefined ? undefined : 'BPE');
  if (type !== 'BPE' && type !== 'WordLevel') {
    throw unsupported(`${at}.type`, `model type ${JSON.stringify(type)}`, 'BPE, WordLevel');
  }
  const ids = vocabularyOf(part);
  const unknown = json['unk_token'];
  const unknownId = (word: string): number[] => {
    if (unknown === undefined || unknown === null) return [];
    const id = ids.get(String(unknown));
    if (id !== undefined) return [id];
    const problem = `unk_token ${shown(unknown)} is not in the vocabulary, and ${shown(word)} needs it`;
    throw new TiltyardError('bad-tokenizer', `${at}: ${problem}; name a token of the vocabulary`);
  };
  if (type === 'WordLevel') {
    const encode = (word: string): number[] => {
      const id = ids.get(word);
      return id === undefined ? unknownId(word) : [id];
    };
    return { kind: 'WordLevel', ids, encode };
  }
  for (const field of ['continuing_subword_prefix', 'end_of_word_suffix'])
    if (json[field] !== undefined && json[field] !== null && json[field] !== '')
      throw unsupported(`${at}.${field}`, shown(json[field]), 'null');
  if (typeof json['dropout'] === 'number' && json['dropout'] !== 0)
    throw unsupported(`${at}.dropout`, `${json['dropout']}, which tokenises at random,`, 'null');
  const pairs = mergesOf(part, ids);
  // Unknown characters come back as themselves: what becomes of them is decided here.
  const { BPE } = library as unknown as { BPE: new (config: object) => { bpe(word: string): string[] } };
  const merger = new BPE({ ...json, merges: pairs });
  const [ignoreMerges, byteFallback, fuse] = ['ignore_merges', 'byte_fallback', 'fuse_unk'].map(
    (field) => json[field] === true,
  );
  const encoder = new TextEncoder();
  const encode = (word: string): number[] => {
    const whole = ignoreMerges ? ids.get(word) : undefined;
    if (whole !== undefined) return [whole];
    const out: number[] = [];
    let wasUnknown = false;
    for (const token of merger.bpe(word)) {
      const id = ids.get(token);
      const known = id !== undefined ? [id] : byteFallback ? bytesOf(token) : null;
      if (known !== null) out.push(...known);
      else if (!(fuse && wasUnknown)) out.push(...unknownId(token));
      wasUnknown = known === null;
    }
    return out;
  };
  const bytesOf = (text: string): number[] | null => {
    const found = Array.from(encoder.encode(text), (byte) =>
      ids.get(`<0x${byte.toString(16).toUpperCase().padStart(2, '0')}>`),
    );
    return found.every((id) => id !== undefined) ? (found as number[]) : null;
  };
  return { kind: 'BPE', ids, encode };
}

function vocabularyOf({ at, json }: Component): Map<string, number> {
  const { vocab } = json;
  if (!isObject(vocab))
    throw new TiltyardError('bad-tokenizer', `${at}.vocab should be an object, got ${shown(vocab)}`);
  const ids = new Map<string, number>();
  for (const [token, id] of Object.entries(vocab)) {
    if (!Number.isInteger(id) || (id as number) < 0)
      throw new TiltyardError(
        'bad-tokenizer',
        `${at}.vocab[${shown(token)}] should be an id >= 0, got ${shown(id)}`,
      );
    ids.set(token, id as number);
  }
  return ids;
}

function mergesOf({ at, json }: Component, ids: ReadonlyMap<string, number>): [string, string][] {
  const { merges } = json;
  if (!Array.isArray(merges)) {
    throw new TiltyardError('bad-tokenizer', `${at}.merges should be a list, got ${shown(merges)}`);
  }
  return merges.map((merge: unknown, i) => {
    const pair = typeof merge === 'string' ? merge.split(' ') : merge;
    if (!Array.isArray(pair) || pair.length !== 2 || pair.some((half) => typeof half !== 'string'))
      throw new TiltyardError(
        'bad-tokenizer',
        `${at}.merges[${i}] should be two tokens, got ${shown(merge)}`,
      );
    const [a, b] = pair as [string, string];
    for (const token of [a, b, a + b])
      if (!ids.has(token))
        throw new TiltyardError(
          'bad-tokenizer',
          `${at}.merges[${i}]: token ${shown(token)} is not in the vocabulary; ` +
            'merges and vocabulary are not of one tokenizer',
        );
    return [a, b];
  });
}
