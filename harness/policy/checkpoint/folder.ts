import { join } from 'node:path';
import { TiltyardError } from '../../errors.js';
import { type HostTensor, sizeOf } from '../../engine/tensor.js';
import { type Architecture, fileName } from '../architecture.js';
import { architectureOf, type Config, isTied } from '../families/index.js';
import { baseOf, isAdapterFolder } from '../lora/adapter-config.js';
import { mergedArrays } from '../lora/merge.js';
import { readAdapterFolder } from '../lora/peft.js';
import { adaptedModules } from '../lora/targets.js';
import type { Normalisation } from '../module.js';
import { SHAPES_ONLY } from '../parts.js';
import { isObject, shown } from '../tokenizers/json-file.js';
import { checkSizes, readConfig } from './config.js';
import { openWeights, type Weights } from './weights.js';

/**
 * A model folder in Hugging Face's layout: config.json, model.safetensors or shards with their index,
 * tokenizer.json.
 */
export interface ModelFolder {
  readonly architecture: Architecture;
  /** Body arrays without the file prefix. */
  readonly body: ReadonlyMap<string, HostTensor>;
  readonly head: ReadonlyMap<string, HostTensor> | null;
  readonly normalisation: Normalisation | null;
  /** Whether it has an output matrix, as a policy must; a classifier may have none. */
  readonly predicts: boolean;
  /** What was not read, a sentence each. */
  readonly notes: readonly string[];
}

export const HEAD_NAMES = ['score.weight', 'score'];
/** The output matrix, by the names that files have for it. */
const OUTPUTS = ['lm_head.weight', 'embed_out.weight'];

/** Buffers that old checkpoints carry along, which follow from config.json. */
const BUFFERS = /(^|\.)((attn|attention)\.(masked_)?bias|rotary_emb\.(inv_freq|cos_cached|sin_cached))$/;
/** Parts of adapters, which change every log-probability once they are merged. */
const ADAPTERS = /(^|\.)(lora_\w+|base_layer|modules_to_save)(\.|$)/;
const EMBEDDINGS = /(^|\.)(wte|embed_tokens|embed_in)\.weight$/;

/**
 * An adapter of PEFT's is merged into the model that it names.
 * @throws TiltyardError for a folder that is no model, or one whose architecture has parts that are not built
 */
export function readModelFolder(dir: string): ModelFolder {
  if (!isAdapterFolder(dir)) return readWholeModel(dir);
  const base = readWholeModel(baseOf(dir));
  const { architecture } = base;
  const { spec, matrices, head } = readAdapterFolder(dir, architecture);
  const modules = adaptedModules(architecture, spec);
  const body = mergedArrays(base.body, { spec, modules }, matrices, architecture.fanInFanOut === true);
  return { ...base, body, head: head ?? base.head };
}

function readWholeModel(dir: string): ModelFolder {
  const path = join(dir, 'config.json');
  const config = readConfig(dir);
  const weights = openWeights(dir);
  const adapter = weights.names.find((name) => ADAPTERS.test(name));
  if (adapter !== undefined)
    throw new TiltyardError(
      'adapter',
      `${dir}: array '${adapter}' is part of an adapter; merge it into its model first: ` +
        'model.merge_and_unload().save_pretrained(folder)',
    );
  checkSizes(config, weights, dir);
  const notes = [...weights.notes];
  const wanted = isTied(config);
  const output = weights.names.find((name) => OUTPUTS.includes(name));
  const tied = wanted && !hasOwnHead(weights, output);
  if (tied !== wanted)
    notes.push(
      `${output} is not equal to the embeddings, so it is the output matrix although tie_word_embeddings ` +
        'is true, as in transformers.',
    );
  const isClassifier = output === undefined && weights.names.includes(HEAD_NAMES[0]!);
  // A classifier of a model with an output matrix of its own has none, and needs none.
  const architecture = built(config, path, tied || isClassifier);
  if (!tied && output === undefined && !isClassifier) throw noHead(config, path, architecture);
  const places = placesOf(architecture, weights, dir);
  const head = HEAD_NAMES.filter((name) => fits(architecture, weights, name));
  const used = new Set([...places.values(), ...head, ...OUTPUTS]);
  notes.push(...unreadNote(weights.names.filter((name) => !used.has(name) && !BUFFERS.test(name))));
  return {
    architecture,
    body: new Map([...places].map(([name, place]) => [name, weights.read(place)])),
    head: head.length === 0 ? null : new Map(head.map((name) => [name, weights.read(name)])),
    normalisation: normalisationOf(config, path),
    predicts: tied || !isClassifier,
    notes,
  };
}

/**
 * A model folder as a policy.
 * @throws TiltyardError as `readModelFolder` does, and where it predicts no token
 */
export function readPolicyFolder(dir: string): ModelFolder {
  const folder = readModelFolder(dir);
  if (folder.predicts) return folder;
  throw new TiltyardError(
    'no-head',
    `${dir} is a classifier without an output matrix, which predicts no token; give the language model ` +
      "that it was made from, or name it as a reward stage's checkpoint",
  );
}

/**
 * How many parameters a model folder holds, by what its weights say of themselves.
 * @throws TiltyardError where they cannot be read
 */
export function parametersIn(dir: string): number {
  const weights = openWeights(isAdapterFolder(dir) ? baseOf(dir) : dir);
  const arrays = weights.names.filter((name) => !BUFFERS.test(name));
  return arrays.reduce((n, name) => n + sizeOf(weights.shape(name)), 0);
}

/** @throws TiltyardError naming the file, as a network does not that is asked for a shape it cannot have */
function built(config: Config, path: string, tied: boolean): Architecture {
  try {
    return architectureOf(config, path, tied);
  } catch (error) {
    if (!(error instanceof TiltyardError) || error.message.includes(path)) throw error;
    throw new TiltyardError(error.code, `${path}: ${error.message}`, { cause: error });
  }
}

/** Whether the output matrix is there and not what the embeddings are: then transformers does not tie. */
function hasOwnHead(weights: Weights, output: string | undefined): boolean {
  const embeddings = weights.names.find((name) => EMBEDDINGS.test(name));
  if (embeddings === undefined || output === undefined) return false;
  const [a, b] = [weights.read(embeddings).data, weights.read(output).data];
  return a.length !== b.length || a.some((value, i) => value !== b[i]);
}

function noHead(config: Config, path: string, architecture: Architecture): TiltyardError {
  const family = String(config['model_type']);
  const matrix = fileName(architecture, 'lm_head.weight');
  const given =
    config['tie_word_embeddings'] === false ? 'is false' : `is absent, which means false for ${family}`;
  return new TiltyardError(
    'no-head',
    `${path}: tie_word_embeddings ${given}, but the weights have no ${matrix}; ` +
      'add the head, or set tie_word_embeddings: true where the embeddings are the head',
  );
}

/**
 * Under which name the weights have each array of the architecture, in its order: with the prefix of the
 * family or without it, as transformers takes them.
 */
function placesOf(architecture: Architecture, weights: Weights, dir: string): Map<string, string> {
  const there = new Set(weights.names);
  const places = new Map<string, string>();
  for (const [name, { shape }] of architecture.initialBody(SHAPES_ONLY)) {
    const full = fileName(architecture, name);
    const array = `${dir}: array '${full}'`;
    const found = [...new Set([full, name])].filter((one) => there.has(one));
    const [place] = found;
    if (place === undefined)
      throw new TiltyardError(
        'missing-array',
        `${array} is missing; the checkpoint does not match its config.json`,
      );
    if (found.length > 1)
      throw new TiltyardError('array-twice', `${array} is there as '${name}' too; remove one of them`);
    const came = weights.shape(place);
    if (came.join() !== shape.join())
      throw new TiltyardError(
        'array-shape',
        `${array} is [${came.join(', ')}], config.json asks for [${shape.join(', ')}]`,
      );
    places.set(name, place);
  }
  return places;
}

/** Whether an array is this architecture's scalar head, and not that of a classifier. */
function fits(architecture: Architecture, weights: Weights, name: string): boolean {
  if (!weights.names.includes(name)) return false;
  const wanted = architecture.initialHead('zero', SHAPES_ONLY).get(name);
  return wanted !== undefined && wanted.shape.join() === weights.shape(name).join();
}

/** Arrays that are said, not all by name. */
const NAMED = 3;

function unreadNote(names: readonly string[]): string[] {
  if (names.length === 0) return [];
  const more = names.length > NAMED ? ` and ${names.length - NAMED} more` : '';
  const list = `${names.slice(0, NAMED).join(', ')}${more}`;
  return [`Arrays of the weights that config.json has no place for are not read (${names.length}): ${list}.`];
}

/** @throws TiltyardError for one that is not as `writeModelFolder` writes it */
function normalisationOf(config: Config, path: string): Normalisation | null {
  const saved = config['tiltyard'];
  if (saved === undefined) return null;
  const { rewardMean: mean, rewardStd: std } = isObject(saved) ? saved : {};
  const ok = typeof mean === 'number' && typeof std === 'number' && Number.isFinite(mean + std) && std > 0;
  if (ok) return { mean, std };
  const wanted = '{ rewardMean, rewardStd }, finite numbers and the latter above 0';
  throw new TiltyardError('bad-config', `${path}: 'tiltyard' should be ${wanted}, got ${shown(saved)}`);
}
