import { TiltyardError } from '../../../errors.js';
import { isObject, shown } from '../json-file.js';
import { bpeMerger, type Merge } from './bpe.js';
import { type Component, unsupported } from './component.js';
import { remembered } from './remembered.js';

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
  const merges = mergesOf(part, ids);
  const merge = bpeMerger(merges.ids);
  const [ignoreMerges, byteFallback, fuse] = ['ignore_merges', 'byte_fallback', 'fuse_unk'].map(
    (field) => json[field] === true,
  );
  const encoder = new TextEncoder();
  const bytesOf = (text: string): number[] | null => {
    const found = Array.from(encoder.encode(text), (byte) =>
      ids.get(`<0x${byte.toString(16).toUpperCase().padStart(2, '0')}>`),
    );
    return found.every((id) => id !== undefined) ? (found as number[]) : null;
  };
  const symbolsOf = (word: string): number[] =>
    merge(Array.from(word, (char) => ids.get(char) ?? unknownSymbol(char)));
  const ofPart = remembered(symbolsOf);
  const parts = apart(merges.texts);
  const encode = (word: string): number[] => {
    const whole = ignoreMerges ? ids.get(word) : undefined;
    if (whole !== undefined) return [whole];
    const out: number[] = [];
    let wasUnknown = false;
    for (const symbols of word.length > LONG ? parts(word).map(ofPart) : [symbolsOf(word)])
      for (const symbol of symbols) {
        const known = symbol >= 0 ? [symbol] : byteFallback ? bytesOf(unknownChar(symbol)) : null;
        if (known !== null) out.push(...known);
        else if (!(fuse && wasUnknown)) out.push(...unknownId(unknownChar(symbol)));
        wasUnknown = known === null;
      }
    return out;
  };
  return { kind: 'BPE', ids, encode };
}

/** A character without an id, as a symbol that no pair has. */
const unknownSymbol = (char: string): number => -2 - char.codePointAt(0)!;
const unknownChar = (symbol: number): string => String.fromCodePoint(-2 - symbol);

/** Words from here on are cut first: where nothing splits a text at its spaces, it is one word. */
const LONG = 64;
const SPACE = '\u2581';

/**
 * Cuts a text before its spaces, as SentencePiece writes them, where no merge joins one to what stands before
 * it but to another space: the parts then have the same tokens as the whole.
 */
function apart(merges: readonly (readonly [string, string])[]): (word: string) => readonly string[] {
  let joined: boolean | undefined;
  return (word) => {
    joined ??= merges.some(([left, right]) => right.startsWith(SPACE) && !left.endsWith(SPACE));
    return joined ? [word] : (word.match(PARTS) ?? []);
  };
}

const PARTS = new RegExp(`${SPACE}+[^${SPACE}]*|[^${SPACE}]+`, 'g');

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

interface Merges {
  readonly texts: readonly (readonly [string, string])[];
  readonly ids: readonly Merge[];
}

function mergesOf({ at, json }: Component, ids: ReadonlyMap<string, number>): Merges {
  const { merges } = json;
  if (!Array.isArray(merges)) {
    throw new TiltyardError('bad-tokenizer', `${at}.merges should be a list, got ${shown(merges)}`);
  }
  const texts = merges.map((merge: unknown, i): readonly [string, string] => {
    const pair = typeof merge === 'string' ? merge.split(' ') : merge;
    if (Array.isArray(pair) && pair.length === 2 && pair.every((half) => typeof half === 'string'))
      return pair as [string, string];
    const got = shown(merge);
    throw new TiltyardError('bad-tokenizer', `${at}.merges[${i}] should be two tokens, got ${got}`);
  });
  const idOf = (token: string, i: number): number => {
    const id = ids.get(token);
    if (id !== undefined) return id;
    throw new TiltyardError(
      'bad-tokenizer',
      `${at}.merges[${i}]: token ${shown(token)} is not in the vocabulary; ` +
        'merges and vocabulary are not of one tokenizer',
    );
  };
  return { texts, ids: texts.map(([a, b], i): Merge => [idOf(a, i), idOf(b, i), idOf(a + b, i)]) };
}
