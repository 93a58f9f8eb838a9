import { createHash } from 'node:crypto';
import {
  closeSync,
  copyFileSync,
  existsSync,
  mkdirSync,
  openSync,
  readdirSync,
  readFileSync,
  readSync,
  writeFileSync,
} from 'node:fs';
import { join } from 'node:path';
import type { Tokenizer } from '../../contracts/tokenizer.js';
import { TiltyardError } from '../../errors.js';
import type { HostTensor } from '../../engine/tensor.js';
import { Rng } from '../../rng.js';
import { type Architecture, fileName } from '../architecture.js';
import { architectureOf, type Config, isTied } from '../families/index.js';
import type { Normalisation } from '../module.js';
import { encodeSafetensors, readSafetensors } from './safetensors.js';

/**
 * A model folder in Hugging Face's layout: config.json, model.safetensors, tokenizer.json. What is written
 * here `transformers` loads.
 */
export interface ModelFolder {
  readonly architecture: Architecture;
  /** Body arrays without the file prefix. */
  readonly body: ReadonlyMap<string, HostTensor>;
  readonly head: ReadonlyMap<string, HostTensor> | null;
  readonly normalisation: Normalisation | null;
}

const HEAD_NAMES = ['score.weight', 'score'];

export function writeModelFolder(
  dir: string,
  architecture: Architecture,
  arrays: ReadonlyMap<string, HostTensor>,
  tokenizer: Tokenizer | null,
  normalisation: Normalisation | null,
): void {
  mkdirSync(dir, { recursive: true });
  const hasHead = HEAD_NAMES.some((name) => arrays.has(name));
  const config = {
    ...architecture.config(),
    ...(hasHead && architecture.kind === 'transformer'
      ? { architectures: [sequenceClassifier(architecture.config())], num_labels: 1 }
      : {}),
    ...(normalisation === null
      ? {}
      : { tiltyard: { rewardMean: normalisation.mean, rewardStd: normalisation.std } }),
  };
  writeFileSync(join(dir, 'config.json'), `${JSON.stringify(config, null, 2)}\n`);
  if (tokenizer !== null)
    writeFileSync(join(dir, 'tokenizer.json'), `${JSON.stringify(tokenizer.toJSON())}\n`);
  writeFileSync(join(dir, 'model.safetensors'), encodeSafetensors(arrays));
}

/**
 * Copies what a tokenizer needs beside tokenizer.json, so that a model trained from a checkpoint is used as
 * the checkpoint is.
 */
export function copyTokenizerSettings(from: string, to: string): void {
  for (const name of ['tokenizer_config.json', 'special_tokens_map.json', 'chat_template.jinja'])
    if (existsSync(join(from, name))) copyFileSync(join(from, name), join(to, name));
}

function sequenceClassifier(config: Record<string, unknown>): string {
  const [causal] = config['architectures'] as string[];
  return `${String(causal).replace(/(LMHeadModel|ForCausalLM)$/, '')}ForSequenceClassification`;
}

/**
 * @throws TiltyardError for a folder that is no model, or one whose architecture has parts that are not built
 */
export function readModelFolder(dir: string): ModelFolder {
  const path = join(dir, 'config.json');
  if (!existsSync(path))
    throw new TiltyardError(
      'no-model',
      `${dir}: no config.json; give a model folder with config.json and model.safetensors`,
    );
  const config = JSON.parse(readFileSync(path, 'utf8')) as Config;
  const arrays = readArrays(dir);
  const tied = isTied(config);
  const architecture = architectureOf(config, path, tied);
  if (!tied && !arrays.has('lm_head.weight')) {
    const family = String(config['model_type']);
    const given =
      config['tie_word_embeddings'] === false ? 'is false' : `is absent, which means false for ${family}`;
    throw new TiltyardError(
      'no-head',
      `${path}: tie_word_embeddings ${given}, but the weights have no lm_head.weight; ` +
        'add the head, or set tie_word_embeddings: true where the embeddings are the head',
    );
  }
  const body = new Map<string, HostTensor>();
  const head = new Map<string, HostTensor>();
  const prefix = architecture.filePrefix;
  for (const [name, array] of arrays) {
    if (HEAD_NAMES.includes(name)) head.set(name, array);
    else if (name !== 'lm_head.weight')
      body.set(name.startsWith(prefix) ? name.slice(prefix.length) : name, array);
    else if (!tied) body.set(name, array);
  }
  const complete = checkedBody(architecture, body, dir);
  const saved = config['tiltyard'] as { rewardMean: number; rewardStd: number } | undefined;
  return {
    architecture,
    body: complete,
    head: head.size === 0 ? null : head,
    normalisation: saved === undefined ? null : { mean: saved.rewardMean, std: saved.rewardStd },
  };
}

/** SHA-256 over everything that makes the model: its configuration, its tokenizer and its weights. */
export function hashModelFolder(dir: string): string {
  if (!existsSync(join(dir, 'config.json')))
    throw new TiltyardError(
      'no-model',
      `${dir}: no config.json; give a model folder with config.json and model.safetensors`,
    );
  const hash = createHash('sha256');
  const chunk = Buffer.alloc(1 << 20);
  for (const file of readdirSync(dir)
    .filter(
      (name) =>
        name.endsWith('.safetensors') ||
        ['config.json', 'tokenizer.json', 'model.safetensors.index.json'].includes(name),
    )
    .sort()) {
    hash.update(`${file}\n`);
    const fd = openSync(join(dir, file), 'r'); // weights can be larger than a buffer may be
    for (let n = readSync(fd, chunk); n > 0; n = readSync(fd, chunk)) hash.update(chunk.subarray(0, n));
    closeSync(fd);
  }
  return hash.digest('hex');
}

/** One file, or the shards that an index names. */
function readArrays(dir: string): Map<string, HostTensor> {
  const index = join(dir, 'model.safetensors.index.json');
  if (!existsSync(index)) return readSafetensors(join(dir, 'model.safetensors'));
  const { weight_map } = JSON.parse(readFileSync(index, 'utf8')) as { weight_map: Record<string, string> };
  return new Map(
    [...new Set(Object.values(weight_map))].flatMap((file) => [...readSafetensors(join(dir, file))]),
  );
}

/** The arrays the architecture has, in its order; buffers that old checkpoints carry along are left out. */
function checkedBody(
  architecture: Architecture,
  body: ReadonlyMap<string, HostTensor>,
  dir: string,
): Map<string, HostTensor> {
  const out = new Map<string, HostTensor>();
  for (const [name, { shape }] of architecture.initialBody(Rng.fromSeed(0))) {
    const found = body.get(name);
    const array = `${dir}: array '${fileName(architecture, name)}'`;
    if (found === undefined) {
      throw new TiltyardError(
        'missing-array',
        `${array} is missing; the checkpoint does not match its config.json`,
      );
    }
    if (found.shape.join() !== shape.join()) {
      throw new TiltyardError(
        'array-shape',
        `${array} is [${found.shape.join(', ')}], config.json asks for [${shape.join(', ')}]`,
      );
    }
    out.set(name, found);
  }
  return out;
}
