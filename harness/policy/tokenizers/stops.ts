import { isObject, type Json, jsonFile } from './json-file.js';

/** Ids that end a turn, and the file and field that name them. */
export interface Stop {
  readonly ids: readonly number[];
  readonly from: string;
}

const idsOf = (value: unknown): number[] =>
  (Array.isArray(value) ? value : [value]).filter((id): id is number => Number.isInteger(id));

/**
 * Ids at which the model itself ends: generation_config.json's, and those of config.json where it has a list
 * or the former has none, as transformers' `generate` does.
 */
export function modelStops(dir: string, config: Json): Stop[] {
  const generation = jsonFile(dir, 'generation_config.json');
  const [field, named] = ['eos_token_id', idsOf(generation?.['eos_token_id'])];
  const own = config[field] ?? (isObject(config['text_config']) ? config['text_config'][field] : undefined);
  const stops: Stop[] = [];
  if (named.length > 0) stops.push({ ids: named, from: `generation_config.json: ${field}` });
  if (Array.isArray(own) || generation === null)
    stops.push({ ids: idsOf(own), from: `config.json: ${field}` });
  return stops.filter(({ ids }) => ids.length > 0);
}
