import { TiltyardError } from '../../errors.js';
import type { TokenizerClass } from './classes.js';
import { isObject, type Json, shown } from './json-file.js';
import type { AddedToken } from './pipeline/added.js';

const ROLES = ['bos', 'eos', 'unk', 'sep', 'pad', 'cls', 'mask'] as const;
type Role = (typeof ROLES)[number];

/** Letters of an added token: each is looked for in every text. */
const LONGEST = 1000;

/** A token with a role, and the file and field that name it. */
export interface NamedToken {
  readonly content: string;
  readonly from: string;
}

/** The files of a model folder that a tokenizer is made of. */
export interface TokenizerFiles {
  readonly dir: string;
  /** tokenizer.json. */
  readonly tokenizer: Json;
  readonly settings: Json;
  readonly config: Json;
  /** Another file of the folder; null where there is none. */
  readonly other: (name: string) => Json | null;
}

/** What the files name, as transformers 5 reads them. */
export interface SpecialTokens {
  readonly named: Readonly<Partial<Record<Role, NamedToken>>>;
  /** Found in text: by id where the vocabulary has them; the others are new. */
  readonly added: ReadonlyMap<number, AddedToken>;
}

/**
 * Roles: tokenizer_config.json, over which special_tokens_map.json goes where the former has no
 * added_tokens_decoder; a string, an AddedToken object or null, which names none; then the padding of
 * tokenizer.json; then the defaults of the class.
 * @param ids of the vocabulary
 */
export function specialTokens(
  files: TokenizerFiles,
  kind: TokenizerClass,
  ids: ReadonlyMap<string, number>,
): SpecialTokens {
  const { dir, tokenizer, settings, other } = files;
  const own = 'added_tokens_decoder' in settings;
  const map = own ? null : other('special_tokens_map.json');
  const added = new Map<number, AddedToken>();
  const idOf = new Map<string, number>();
  const add = (token: AddedToken): void => {
    if (token.content === '') return;
    if (token.content.length > LONGEST) {
      const what = `an added token of ${token.content.length} letters ('${token.content.slice(0, 20)}...')`;
      throw new TiltyardError('bad-tokenizer', `${dir}: ${what}, and ${LONGEST} is the most`);
    }
    const id = ids.get(token.content) ?? idOf.get(token.content) ?? nextId(ids, added);
    added.set(id, token);
    idOf.set(token.content, id);
  };
  const inFile = listed(tokenizer['added_tokens'], `${dir}/tokenizer.json: added_tokens`);
  if (kind.rebuilt === null) for (const [, token] of inFile) add(token);
  const later = own
    ? decoderTokens(settings['added_tokens_decoder'], dir)
    : [...legacy(other('added_tokens.json')), ...inFile];
  for (const [, token] of [...later].sort(([a], [b]) => a - b)) add(token);
  const named: Partial<Record<Role, NamedToken>> = {};
  for (const role of ROLES) {
    const token = namedToken(role, files, map, kind);
    if (token === null) continue;
    named[role] = { content: token.content, from: token.from };
    const known = idOf.get(token.content);
    add({
      ...(known === undefined ? token.as : { ...added.get(known)!, special: true }),
      content: token.content,
    });
  }
  for (const [field, value] of Object.entries({ ...settings, ...map })) {
    if (/^(additional|extra)_special_tokens$/.test(field))
      for (const token of values(value)) addSpecial(token);
    else if (field.endsWith('_token') && !ROLES.some((role) => field === `${role}_token`)) addSpecial(value);
  }
  return { named, added };

  function addSpecial(value: unknown): void {
    const token = asToken(value);
    if (token === null) return;
    const known = idOf.get(token.content);
    add(known === undefined ? token : { ...added.get(known)!, special: true });
  }
}

const values = (value: unknown): unknown[] =>
  Array.isArray(value) ? value : isObject(value) ? Object.values(value) : [];

function nextId(ids: ReadonlyMap<string, number>, added: ReadonlyMap<number, AddedToken>): number {
  const most = Math.max(-1, ...added.keys());
  return most >= ids.size ? most + 1 : ids.size;
}

const plain = (content: string): AddedToken => ({
  content,
  special: true,
  normalized: false,
  lstrip: false,
  rstrip: false,
  singleWord: false,
});

/** A special token in either spelling; null for anything else. */
function asToken(value: unknown): AddedToken | null {
  if (typeof value === 'string') return plain(value);
  if (!isObject(value) || typeof value['content'] !== 'string') return null;
  return { ...flags(value, value['content']), special: true };
}

function flags(value: Json, content: string): AddedToken {
  const special = value['special'] === true;
  return {
    content,
    special,
    normalized: typeof value['normalized'] === 'boolean' ? value['normalized'] : !special,
    lstrip: value['lstrip'] === true,
    rstrip: value['rstrip'] === true,
    singleWord: value['single_word'] === true,
  };
}

function listed(value: unknown, at: string): [number, AddedToken][] {
  if (value === undefined || value === null) return [];
  if (!Array.isArray(value))
    throw new TiltyardError('bad-tokenizer', `${at} should be a list, got ${shown(value)}`);
  return value.map((item: unknown, i) => {
    if (isObject(item) && typeof item['content'] === 'string' && Number.isInteger(item['id']))
      return [item['id'] as number, flags(item, item['content'])];
    throw new TiltyardError('bad-tokenizer', `${at}[${i}] should have content and id, got ${shown(item)}`);
  });
}

function decoderTokens(value: unknown, dir: string): [number, AddedToken][] {
  const at = `${dir}/tokenizer_config.json: added_tokens_decoder`;
  if (!isObject(value))
    throw new TiltyardError('bad-tokenizer', `${at} should be an object, got ${shown(value)}`);
  return Object.entries(value).map(([id, token]) => {
    if (isObject(token) && typeof token['content'] === 'string')
      return [Number(id), flags(token, token['content'])];
    throw new TiltyardError('bad-tokenizer', `${at}['${id}'] should have content, got ${shown(token)}`);
  });
}

/** added_tokens.json of before 2023. */
const legacy = (file: Json | null): [number, AddedToken][] =>
  Object.entries(file ?? {}).map(([content, id]) => [
    Number(id),
    { ...plain(content), special: false, normalized: true },
  ]);

function namedToken(
  role: Role,
  { dir, settings, tokenizer }: TokenizerFiles,
  map: Json | null,
  kind: TokenizerClass,
): (NamedToken & { readonly as: AddedToken }) | null {
  const field = `${role}_token`;
  const [file, value] =
    map !== null && field in map
      ? ['special_tokens_map.json', map[field]]
      : ['tokenizer_config.json', settings[field]];
  if (value === null) return null;
  if (value !== undefined) {
    const token = asToken(value);
    if (token !== null) return { content: token.content, from: `${file}: ${field}`, as: token };
    throw new TiltyardError(
      'bad-tokenizer',
      `${dir}/${file}: ${field} should be a string, an AddedToken object or null, got ${shown(value)}`,
    );
  }
  const padding =
    role === 'pad' && isObject(tokenizer['padding']) ? tokenizer['padding']['pad_token'] : undefined;
  if (typeof padding === 'string')
    return { content: padding, from: 'tokenizer.json: padding', as: plain(padding) };
  const content = kind.tokens[role];
  if (content === undefined) return null;
  return { content, from: `default of ${kind.name}`, as: plain(content) };
}
