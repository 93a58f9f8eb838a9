import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { sizeOf } from '../../engine/tensor.js';
import { TiltyardError } from '../../errors.js';
import { utf8File } from '../../utf8.js';
import { baseOf, isAdapterFolder } from '../lora/adapter-config.js';
import { isObject, type Json, jsonFile, shown } from '../tokenizers/json-file.js';
import { rawFields } from './raw-fields.js';
import type { Weights } from './weights.js';

/** Fields that are whole numbers, and whether transformers allows null for them. */
const SIZES: Readonly<Record<string, boolean>> = {
  vocab_size: false,
  hidden_size: false,
  intermediate_size: false,
  num_hidden_layers: false,
  num_attention_heads: false,
  num_key_value_heads: true,
  head_dim: true,
  max_position_embeddings: false,
  n_embd: false,
  n_layer: false,
  n_head: false,
  n_inner: true,
  n_positions: false,
  contexts: false,
  actions: false,
};

const SWITCHES = [
  'tie_word_embeddings',
  'attention_bias',
  'mlp_bias',
  'use_bias',
  'use_parallel_residual',
  'scale_attn_weights',
  'scale_attn_by_inverse_layer_idx',
  'reorder_and_upcast_attn',
  'add_cross_attention',
  'use_sliding_window',
  'use_cache',
  'summary_use_proj',
  'summary_proj_to_labels',
];

/** Shares that training leaves out, which none does here; transformers wants them between 0 and 1. */
const DROPOUT = /(_dropout|_pdrop)$/;

/** Numbers that a network divides by or raises to powers; null is read as absent. */
const POSITIVE =
  /(_eps|_epsilon|^rope_theta|^rotary_emb_base|^original_max_position_embeddings|(?<!short_|long_)factor)$/;

const TOKENS = ['eos_token_id', 'bos_token_id', 'pad_token_id'];

/** Names that gpt2 has for what other families call otherwise; transformers takes either. */
const GPT2_NAMES: Readonly<Record<string, string>> = {
  hidden_size: 'n_embd',
  num_hidden_layers: 'n_layer',
  num_attention_heads: 'n_head',
  max_position_embeddings: 'n_positions',
};

/** Sizes up to which no more is asked of a single number than that the arrays fit it. */
const LARGE = 2 ** 20;

/** cos and sin of so many numbers, positions times head size, are held for rotary positions: 2 GiB. */
const MOST_ROTATIONS = 2 ** 28;

const noModel = (dir: string): TiltyardError =>
  new TiltyardError(
    'no-model',
    `${dir}: no config.json; give a model folder with config.json and model.safetensors`,
  );

/** @throws TiltyardError for a folder that is no model, nor an adapter whose model is here */
export function requireModel(dir: string): void {
  if (isAdapterFolder(dir)) baseOf(dir);
  else if (!existsSync(join(dir, 'config.json'))) throw noModel(dir);
}

/**
 * The config.json of a model folder, its fields of the types that transformers wants.
 * @throws TiltyardError naming file and field
 */
export function readConfig(dir: string): Json {
  requireModel(dir);
  const path = join(dir, 'config.json');
  const config = jsonFile(dir, 'config.json')!;
  const texts = new Map(rawFields(utf8File(path)));
  const refuse = (field: string, wanted: string): TiltyardError => {
    const came = texts.get(field)?.replaceAll(/\s+/g, ' ').slice(0, 60) ?? 'nothing';
    return new TiltyardError('bad-config', `${path}: '${field}' should be ${wanted}, got ${came}`);
  };
  for (const [field, value] of Object.entries(config)) {
    if (Object.hasOwn(SIZES, field) && !(value === null && SIZES[field]))
      if (!/^[1-9]\d*$/.test(texts.get(field)!)) throw refuse(field, 'a number, whole and above 0');
    if (SWITCHES.includes(field) && typeof value !== 'boolean') throw refuse(field, 'true or false');
    checkPositive(field, value, (at) => refuse(at, 'a number above 0'));
    if (/_eps(ilon)?$/.test(field) && /^\d+$/.test(texts.get(field)!))
      throw refuse(field, 'as small as 1e-5');
    if (DROPOUT.test(field) && value !== null && !(typeof value === 'number' && value >= 0 && value <= 1))
      throw refuse(field, 'a number from 0 to 1');
    if (field === 'initializer_range' && !Number.isFinite(value)) throw refuse(field, 'a number');
    if (field === 'rope_parameters' || field === 'rope_scaling') {
      if (value !== null && !isObject(value)) throw refuse(field, 'an object');
      for (const [inner, one] of Object.entries(value ?? {}))
        checkPositive(inner, one, () => refuse(field, `an object whose ${inner} is a number above 0`));
    }
  }
  checkTokens(config, path);
  const generation = jsonFile(dir, 'generation_config.json');
  if (generation !== null) checkTokens(generation, join(dir, 'generation_config.json'));
  if (config['model_type'] === 'gpt2') checkNames(config, path);
  return config;
}

function checkPositive(field: string, value: unknown, refuse: (field: string) => TiltyardError): void {
  if (!POSITIVE.test(field) || value === null) return;
  if (typeof value !== 'number' || !Number.isFinite(value) || value <= 0) throw refuse(field);
}

/** Token ids: a whole number, a list of them where several tokens end a text, or null. */
function checkTokens(config: Json, path: string): void {
  for (const field of TOKENS) {
    const value = config[field] ?? null;
    const ids: unknown[] = Array.isArray(value) && field === 'eos_token_id' ? value : [value];
    if (value === null || ids.every((id) => Number.isSafeInteger(id))) continue;
    const wanted = field === 'eos_token_id' ? 'a token id, a list of them, or null' : 'a token id, or null';
    throw new TiltyardError('bad-config', `${path}: '${field}' should be ${wanted}, got ${shown(value)}`);
  }
}

/** @throws TiltyardError where two names of one number say different things */
function checkNames(config: Json, path: string): void {
  for (const [other, name] of Object.entries(GPT2_NAMES)) {
    if (config[other] === undefined || config[name] === undefined || config[other] === config[name]) continue;
    const both = `'${name}' is ${shown(config[name])} and '${other}' is ${shown(config[other])}`;
    throw new TiltyardError('bad-config', `${path}: ${both}, two names of one number; remove one of them`);
  }
}

/**
 * Holds the sizes of config.json to the weights before anything of such sizes is made.
 * @throws TiltyardError naming the field
 */
export function checkSizes(config: Json, weights: Weights, dir: string): void {
  const path = join(dir, 'config.json');
  const largest = weights.names.reduce((n, name) => Math.max(n, ...weights.shape(name)), LARGE);
  const refuse = (field: string, why: string): TiltyardError =>
    new TiltyardError('bad-config', `${path}: '${field}' is ${shown(config[field])}, ${why}`);
  const size = (field: string): number => (typeof config[field] === 'number' ? config[field] : 0);
  for (const field of ['num_hidden_layers', 'n_layer'])
    if (size(field) > weights.names.length)
      throw refuse(field, `and the weights have ${weights.names.length} arrays; they do not belong together`);
  const positions = size('max_position_embeddings');
  const head = size('head_dim') || size('hidden_size') / (size('num_attention_heads') || 1);
  if (positions * head > MOST_ROTATIONS)
    throw refuse(
      'max_position_embeddings',
      `and tables so long are not made; at most ${Math.floor(MOST_ROTATIONS / head)} are: lower it`,
    );
  const numbers = weights.names.reduce((n, name) => n + sizeOf(weights.shape(name)), 0);
  if (size('contexts') * size('actions') > numbers)
    throw refuse('contexts', `and the weights hold ${numbers} numbers; they do not belong together`);
  for (const field of Object.keys(SIZES)) {
    if (field === 'max_position_embeddings' || size(field) <= largest) continue;
    throw refuse(field, `and no array of the weights is so long; they do not belong together`);
  }
}
