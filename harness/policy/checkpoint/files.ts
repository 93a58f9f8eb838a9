import { createHash } from 'node:crypto';
import { existsSync, readdirSync, statSync } from 'node:fs';
import { join, relative } from 'node:path';
import { hashFile } from '../../hash.js';
import type { FolderDigest } from '../../store/given.js';
import { ADAPTER_CONFIG, baseOf, isAdapterFolder } from '../lora/adapter-config.js';
import { requireModel } from './config.js';

const MODEL = ['config.json', 'generation_config.json', ADAPTER_CONFIG];

/** What decides how texts become tokens, and messages texts. */
const TOKENIZER = [
  'tokenizer.json',
  'tokenizer_config.json',
  'special_tokens_map.json',
  'added_tokens.json',
  'vocab.json',
  'merges.txt',
  'vocab.txt',
  'tokenizer.model',
  'spiece.model',
  'sentencepiece.bpe.model',
  'chat_template.jinja',
  'chat_template.json',
];
const TEMPLATES = 'additional_chat_templates';

const filesIn = (dir: string): string[] =>
  existsSync(dir) && statSync(dir).isDirectory()
    ? readdirSync(dir)
        .filter((name) => statSync(join(dir, name), { throwIfNoEntry: false })?.isFile() === true)
        .sort()
    : [];

/** The files of a folder that belong to its tokenizer, templates included, by their paths in it. */
export const tokenizerFiles = (dir: string): string[] => [
  ...filesIn(dir).filter((name) => TOKENIZER.includes(name)),
  ...filesIn(join(dir, TEMPLATES)).map((name) => `${TEMPLATES}/${name}`),
];

const isWeights = (name: string): boolean =>
  name.endsWith('.safetensors') || name === 'model.safetensors.index.json';

/**
 * SHA-256 of every file that makes a model: configuration, tokenizer, templates, and weights, which are read
 * in pieces.
 * @throws TiltyardError for a folder that holds no model
 */
export function hashModelFolder(dir: string): FolderDigest {
  requireModel(dir);
  return filesOfModel(dir);
}

/** Of an adapter the files of the model that it names, too. */
const filesOf = (dir: string): string[] => [
  ...filesIn(dir).filter((name) => MODEL.includes(name) || isWeights(name)),
  ...tokenizerFiles(dir),
];

/** The same of whatever is left of a model. */
export function filesOfModel(dir: string): FolderDigest {
  if (!isAdapterFolder(dir)) return digestOf(dir, filesOf(dir));
  const base = baseOf(dir);
  const ofBase = filesOf(base).map((name) => relative(dir, join(base, name)));
  return digestOf(dir, [...filesOf(dir), ...ofBase]);
}

/** SHA-256 of every file of a folder that decides about tokens: all of a model's but its weights. */
export function hashTokenizerFolder(dir: string): FolderDigest {
  const own = filesIn(dir).filter((name) => MODEL.includes(name));
  return digestOf(dir, [...own, ...tokenizerFiles(dir)]);
}

function digestOf(dir: string, names: readonly string[]): FolderDigest {
  const files = Object.fromEntries(names.toSorted().map((name) => [name, hashFile(join(dir, name))]));
  const hash = createHash('sha256');
  for (const [name, digest] of Object.entries(files)) hash.update(`${name}\0${digest}\n`);
  return { hash: hash.digest('hex'), files };
}
