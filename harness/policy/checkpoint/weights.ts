import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { TiltyardError } from '../../errors.js';
import type { HostTensor } from '../../engine/tensor.js';
import { isObject, type Json, jsonFile, shown } from '../tokenizers/json-file.js';
import { type Entry, readHeader } from './header.js';
import { readArray } from './safetensors.js';

/** The arrays of a model folder, each read when it is asked for. */
export interface Weights {
  readonly names: readonly string[];
  shape(name: string): readonly number[];
  /** @throws TiltyardError for an array that holds anything but finite numbers */
  read(name: string): HostTensor;
  /** What a reader of results should know, a sentence each. */
  readonly notes: readonly string[];
}

const SINGLE = 'model.safetensors';
const INDEX = 'model.safetensors.index.json';

/** Weights in formats that are not read, and what to do about them. */
const OTHERS: readonly (readonly [file: string, what: string])[] = [
  ['pytorch_model.bin', 'pickled weights'],
  ['pytorch_model.bin.index.json', 'pickled weights'],
  ['tf_model.h5', 'TensorFlow weights'],
  ['flax_model.msgpack', 'Flax weights'],
];

/**
 * One file, or the shards that an index names; where there are both the one file, as in transformers.
 * @throws TiltyardError naming file and array for whatever is damaged or missing
 */
export function openWeights(dir: string): Weights {
  const single = join(dir, SINGLE);
  const hasIndex = existsSync(join(dir, INDEX));
  if (existsSync(single)) {
    const notes = hasIndex ? [`${INDEX} and its shards are not read, ${SINGLE} is, as in transformers.`] : [];
    return fromFiles([[SINGLE, readHeader(single)]], dir, notes);
  }
  if (hasIndex) return fromFiles(readShards(dir), dir, []);
  for (const [file, what] of OTHERS) {
    if (!existsSync(join(dir, file))) continue;
    const remedy = `write them anew with transformers: model.save_pretrained(folder), which gives ${SINGLE}`;
    throw new TiltyardError('no-safetensors', `${join(dir, file)}: ${what} are not read; ${remedy}`);
  }
  return fromFiles([[SINGLE, readHeader(single)]], dir, []); // which says that there is none
}

type Shard = readonly [file: string, entries: ReadonlyMap<string, Entry>];

function fromFiles(shards: readonly Shard[], dir: string, notes: readonly string[]): Weights {
  const places = new Map(
    shards.flatMap(([file, entries]) =>
      [...entries].map(([name, entry]) => [name, { file, entry }] as const),
    ),
  );
  return {
    names: [...places.keys()],
    shape: (name) => places.get(name)!.entry.shape,
    read(name) {
      const { file, entry } = places.get(name)!;
      const path = join(dir, file);
      const array = readArray(path, name, entry);
      const { data } = array;
      for (let i = 0; i < data.length; i++) {
        if (Number.isFinite(data[i])) continue;
        const what = `array '${name}' holds ${data[i]} (number ${i} of ${data.length})`;
        const remedy = 'no finite log-probability comes of it; use weights that are finite';
        throw new TiltyardError('not-finite', `${path}: ${what}; ${remedy}`);
      }
      return array;
    },
    notes,
  };
}

/** @throws TiltyardError where index and shards do not say the same */
function readShards(dir: string): Shard[] {
  const path = join(dir, INDEX);
  const index = jsonFile(dir, INDEX)!;
  const refuse = (what: string): TiltyardError =>
    new TiltyardError('bad-index', `${path}: ${what}; bring index and shards again, they belong together`);
  const listed = weightMap(index, refuse);
  if (!isObject(index['metadata']))
    throw refuse(`metadata should be an object, got ${shown(index['metadata'])}`);
  const shards = [...new Set(listed.values())].sort().map((file): Shard => {
    if (!existsSync(join(dir, file))) throw refuse(`weight_map names ${file}, and there is no such file`);
    return [file, readHeader(join(dir, file))];
  });
  const found = new Map<string, string>();
  for (const [file, entries] of shards) {
    for (const name of entries.keys()) {
      const other = found.get(name);
      if (other !== undefined) throw refuse(`array '${name}' is in ${other} and in ${file}`);
      found.set(name, file);
      if (!listed.has(name)) throw refuse(`array '${name}' is in ${file}, and weight_map does not name it`);
    }
  }
  for (const [name, file] of listed) {
    if (found.get(name) === file) continue;
    throw refuse(`weight_map says that array '${name}' is in ${file}, and it is not`);
  }
  return shards;
}

/** Array -> file. */
function weightMap(index: Json, refuse: (what: string) => TiltyardError): Map<string, string> {
  const map = index['weight_map'];
  if (!isObject(map) || Object.keys(map).length === 0)
    throw refuse(`weight_map should be an object of file names, got ${shown(map)}`);
  return new Map(
    Object.entries(map).map(([name, file]) => {
      if (typeof file !== 'string')
        throw refuse(`weight_map['${name}'] should be a file name, got ${shown(file)}`);
      if (!/^[^/\\\0]+\.safetensors$/.test(file))
        throw refuse(`weight_map['${name}'] is ${shown(file)}, and should be a *.safetensors of this folder`);
      return [name, file];
    }),
  );
}
