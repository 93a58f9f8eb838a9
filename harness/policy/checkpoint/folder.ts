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
import { llama } from '../llama.js';
import type { Normalisation } from '../module.js';
import { tabular } from '../tabular.js';
import { transformer } from '../transformer.js';
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

/** Families whose head is a matrix of its own where tie_word_embeddings is absent, as in transformers. */
const UNTIED: readonly unknown[] = ['llama', 'qwen2'];
const isTied = ({ tie_word_embeddings: tied, model_type }: Config): boolean =>
  typeof tied === 'boolean' ? tied : !UNTIED.includes(model_type);

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

type Config = Readonly<Record<string, unknown>>;

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

function architectureOf(config: Config, path: string, tied: boolean): Architecture {
  const number = (key: string, fallback?: number): number => {
    const value = config[key] ?? fallback;
    if (typeof value !== 'number')
      throw new TiltyardError(
        'bad-config',
        `${path}: '${key}' should be a number, got ${JSON.stringify(value)}`,
      );
    return value;
  };
  const refuse = (key: string, wanted: string): TiltyardError =>
    new TiltyardError(
      'unsupported-model',
      `${path}: '${key}' is ${JSON.stringify(config[key])}, only ${wanted} is built`,
    );
  const only = (key: string, allowed: readonly unknown[]): void => {
    if (config[key] !== undefined && !allowed.includes(config[key]))
      throw refuse(key, allowed.map((x) => JSON.stringify(x)).join(' or '));
  };
  const tokens = {
    ...(typeof config['eos_token_id'] === 'number' ? { eosId: config['eos_token_id'] } : {}),
    ...(typeof config['pad_token_id'] === 'number' ? { padId: config['pad_token_id'] } : {}),
  };
  const type = config['model_type'];
  switch (type) {
    case 'gpt2':
      only('activation_function', ['gelu_new', 'gelu_pytorch_tanh']);
      only('scale_attn_weights', [true]);
      only('scale_attn_by_inverse_layer_idx', [false]);
      only('add_cross_attention', [false]);
      if (config['n_inner'] != null && config['n_inner'] !== 4 * number('n_embd'))
        throw refuse('n_inner', 'null or 4 n_embd');
      return transformer({
        vocabSize: number('vocab_size'),
        contextLength: number('n_positions'),
        width: number('n_embd'),
        layers: number('n_layer'),
        heads: number('n_head'),
        layerNormEpsilon: number('layer_norm_epsilon', 1e-5),
        tied,
        ...tokens,
      });
    case 'llama':
    case 'qwen2': {
      only('hidden_act', ['silu']);
      only('use_sliding_window', [false]);
      // transformers 5 writes rope_parameters, earlier ones rope_theta and rope_scaling.
      const rope = (config['rope_parameters'] ?? config['rope_scaling'] ?? {}) as {
        rope_theta?: number;
        rope_type?: string;
        type?: string;
      };
      if ((rope.rope_type ?? rope.type ?? 'default') !== 'default')
        throw new TiltyardError(
          'unsupported-model',
          `${path}: rotary positions of type '${rope.rope_type ?? rope.type}' are not built, only 'default'`,
        );
      const heads = number('num_attention_heads');
      const bias = config['attention_bias'] === true;
      return llama({
        family: type,
        vocabSize: number('vocab_size'),
        contextLength: number('max_position_embeddings'),
        width: number('hidden_size'),
        inner: number('intermediate_size'),
        layers: number('num_hidden_layers'),
        heads,
        keyValueHeads: number('num_key_value_heads', heads),
        headSize: number('head_dim', number('hidden_size') / heads),
        epsilon: number('rms_norm_eps', 1e-6),
        ropeTheta: rope.rope_theta ?? number('rope_theta', 10_000),
        biases: {
          qkv: type === 'qwen2' || bias,
          output: type === 'llama' && bias,
          mlp: config['mlp_bias'] === true,
        },
        tied,
        ...tokens,
      });
    }
    case 'tiltyard_table':
      return tabular({ contexts: number('contexts'), actions: number('actions') });
    default:
      throw new TiltyardError(
        'unknown-model',
        `${path}: model_type '${String(type)}' is not known; known: gpt2, llama, qwen2, tiltyard_table`,
      );
  }
}
