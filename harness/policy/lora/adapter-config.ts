import { existsSync } from 'node:fs';
import { isAbsolute, join, resolve } from 'node:path';
import { TiltyardError } from '../../errors.js';
import { isObject, type Json, jsonFile, shown } from '../tokenizers/json-file.js';

export const ADAPTER_CONFIG = 'adapter_config.json';

/** Whether a folder holds an adapter rather than a model. */
export const isAdapterFolder = (dir: string): boolean => existsSync(join(dir, ADAPTER_CONFIG));

/**
 * The model folder that an adapter adapts.
 * @throws TiltyardError where it is not named, or is no folder here
 */
export function baseOf(dir: string): string {
  const named = adapterConfig(dir)['base_model_name_or_path'];
  const path = typeof named === 'string' && !isAbsolute(named) ? resolve(dir, named) : named;
  if (typeof path === 'string' && existsSync(join(path, 'config.json'))) return path;
  const what = `base_model_name_or_path is ${shown(named)}, which is no model folder here`;
  throw new TiltyardError(
    'adapter-base',
    `${join(dir, ADAPTER_CONFIG)}: ${what}; download it, and write its path there`,
  );
}

/** Fields that change what an adapter computes, and what they have to be. */
const PLAIN: readonly (readonly [field: string, fits: (value: unknown) => boolean])[] = [
  ['peft_type', (value) => value === 'LORA'],
  ['bias', (value) => value === undefined || value === 'none'],
  ...['use_dora', 'lora_bias', 'use_qalora'].map(
    (field) => [field, (value: unknown) => value === undefined || value === null || value === false] as const,
  ),
  ...['rank_pattern', 'alpha_pattern'].map(
    (field) =>
      [
        field,
        (value: unknown) => value == null || (isObject(value) && Object.keys(value).length === 0),
      ] as const,
  ),
  ...['layer_replication', 'trainable_token_indices', 'target_parameters', 'alora_invocation_tokens'].map(
    (field) => [field, (value: unknown) => value == null] as const,
  ),
];

/**
 * What a folder's adapter_config.json says.
 * @throws TiltyardError for whatever is not plain LoRA
 */
export function adapterConfig(dir: string): Json {
  const path = join(dir, ADAPTER_CONFIG);
  const config = jsonFile(dir, ADAPTER_CONFIG);
  const refuse = (what: string): TiltyardError =>
    new TiltyardError(
      'adapter',
      `${path}: ${what}; merge it into its model first: ` +
        'model.merge_and_unload().save_pretrained(folder)',
    );
  if (config === null) throw new TiltyardError('adapter', `${path}: there is no such file`);
  for (const [field, fits] of PLAIN) {
    if (!fits(config[field]))
      throw refuse(`'${field}' is ${shown(config[field])}, and plain LoRA is read alone`);
  }
  for (const field of ['r', 'lora_alpha']) {
    const value = config[field];
    const isGood = typeof value === 'number' && value > 0 && (field !== 'r' || Number.isInteger(value));
    if (!isGood) throw refuse(`'${field}' should be a number above 0, got ${shown(value)}`);
  }
  return config;
}
