import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Tokenizer } from '../../../datasets/schema.js';
import { TiltyardError } from '../../errors.js';
import type { HostTensor } from '../../plugin.js';
import type { Architecture } from '../architecture.js';
import type { Normalisation } from '../module.js';
import { tabular } from '../tabular.js';
import { transformer } from '../transformer.js';
import { encodeSafetensors, readSafetensors } from './safetensors.js';

/** A model folder in Hugging Face's layout: config.json, model.safetensors, tokenizer.json. What is written here `transformers` loads. */
export interface ModelFolder {
  readonly architecture: Architecture;
  /** Body arrays without the file prefix. */
  readonly body: ReadonlyMap<string, HostTensor>;
  readonly head: ReadonlyMap<string, HostTensor> | null;
  readonly normalisation: Normalisation | null;
}

const HEAD_NAMES = ['score.weight', 'score'];

export function writeModelFolder(dir: string, architecture: Architecture, arrays: ReadonlyMap<string, HostTensor>, tokenizer: Tokenizer | null, normalisation: Normalisation | null): void {
  mkdirSync(dir, { recursive: true });
  const hasHead = HEAD_NAMES.some((name) => arrays.has(name));
  const config = {
    ...architecture.config(),
    ...(hasHead && architecture.kind === 'transformer' ? { architectures: ['GPT2ForSequenceClassification'], num_labels: 1 } : {}),
    ...(normalisation === null ? {} : { tiltyard: { rewardMean: normalisation.mean, rewardStd: normalisation.std } }),
  };
  writeFileSync(join(dir, 'config.json'), `${JSON.stringify(config, null, 2)}\n`);
  if (tokenizer !== null) writeFileSync(join(dir, 'tokenizer.json'), `${JSON.stringify(tokenizer.toJSON())}\n`);
  writeFileSync(join(dir, 'model.safetensors'), encodeSafetensors(arrays));
}

export function readModelFolder(dir: string): ModelFolder {
  const path = join(dir, 'config.json');
  if (!existsSync(path)) throw new TiltyardError('no-model', `${dir}: no config.json; give a model folder with config.json and model.safetensors`);
  const config = JSON.parse(readFileSync(path, 'utf8')) as Record<string, unknown>;
  const arrays = readSafetensors(join(dir, 'model.safetensors'));
  const architecture = architectureOf(config, path);
  const body = new Map<string, HostTensor>();
  const head = new Map<string, HostTensor>();
  const prefix = architecture.filePrefix;
  for (const [name, array] of arrays) {
    if (HEAD_NAMES.includes(name)) head.set(name, array);
    else if (name !== 'lm_head.weight') body.set(name.startsWith(prefix) ? name.slice(prefix.length) : name, array);
  }
  const saved = config['tiltyard'] as { rewardMean: number; rewardStd: number } | undefined;
  return {
    architecture,
    body,
    head: head.size === 0 ? null : head,
    normalisation: saved === undefined ? null : { mean: saved.rewardMean, std: saved.rewardStd },
  };
}

function architectureOf(config: Readonly<Record<string, unknown>>, path: string): Architecture {
  const number = (key: string): number => {
    const value = config[key];
    if (typeof value !== 'number') throw new TiltyardError('bad-config', `${path}: '${key}' should be a number, got ${JSON.stringify(value)}`);
    return value;
  };
  switch (config['model_type']) {
    case 'gpt2':
      return transformer({
        vocabSize: number('vocab_size'),
        contextLength: number('n_positions'),
        width: number('n_embd'),
        layers: number('n_layer'),
        heads: number('n_head'),
        layerNormEpsilon: number('layer_norm_epsilon'),
        ...(typeof config['eos_token_id'] === 'number' ? { eosId: config['eos_token_id'] } : {}),
        ...(typeof config['pad_token_id'] === 'number' ? { padId: config['pad_token_id'] } : {}),
      });
    case 'tiltyard_table':
      return tabular({ contexts: number('contexts'), actions: number('actions') });
    default:
      throw new TiltyardError('unknown-model', `${path}: model_type '${String(config['model_type'])}' is not known; known: gpt2, tiltyard_table`);
  }
}
